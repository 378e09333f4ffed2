#include "support/virtual_time.hpp"

#include <sys/time.h>

#include <cstddef>
#include <mutex>
#include <random>

namespace sluice::test::virtual_time {
namespace {

constexpr std::int64_t epoch = 1'700'000'000;  // seconds; certificates made now must be valid then, roughly

// Not zero: usrsctp and others read a zero time as "never".
TimePoint current{std::chrono::seconds{1}};
std::mt19937_64 random{1};
std::mutex random_mutex;  // usrsctp asks on any thread

}  // namespace

TimePoint now() noexcept { return current; }
void set(TimePoint time) noexcept { current = time > current ? time : current; }
void advance(Duration duration) noexcept { current += duration; }
void seed(std::uint64_t value) noexcept { random.seed(value); }

}  // namespace sluice::test::virtual_time

// Visible: a hidden symbol would take nobody's place.
extern "C" __attribute__((visibility("default"))) int gettimeofday(timeval* time, void*) noexcept {
  using namespace sluice::test::virtual_time;
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(now().time_since_epoch()).count();
  time->tv_sec = epoch + since / 1'000'000;
  time->tv_usec = since % 1'000'000;
  return 0;
}

extern "C" __attribute__((visibility("default"))) void read_random(void* buffer, std::size_t size) {
  const std::scoped_lock lock{sluice::test::virtual_time::random_mutex};
  auto* octets = static_cast<unsigned char*>(buffer);
  for (std::size_t i = 0; i < size; ++i) {
    octets[i] = static_cast<unsigned char>(sluice::test::virtual_time::random());
  }
}
