#pragma once
// usrsctp as Sluice sets it up, without src/sctp's Stack around it.
#include <cstddef>
#include <cstdint>

namespace sluice::floor {

using Output = int (*)(void* address, void* packet, std::size_t size, std::uint8_t, std::uint8_t);

void prepare_stack(Output);

}  // namespace sluice::floor
