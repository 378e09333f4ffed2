#pragma once
// Virtual time for the two libraries that read the clock themselves.
//
// An executable that links virtual_time.cpp defines gettimeofday and usrsctp's read_random, and so takes the place of
// the real ones for OpenSSL and usrsctp (ELF only). Our own cores get the same instant as an argument: now().
#include <cstdint>

#include "base/time.hpp"

namespace sluice::test::virtual_time {

TimePoint now() noexcept;
void set(TimePoint) noexcept;           // never backwards
void advance(Duration) noexcept;
void seed(std::uint64_t) noexcept;      // of usrsctp's randomness

}  // namespace sluice::test::virtual_time
