#include "meter.hpp"

#include <algorithm>

#include "process.hpp"

namespace sluice::bench {

void Meter::count(std::size_t bytes) {
  const auto now = Clock::now();
  longest_gap_ = std::max(longest_gap_, now - last_);
  last_ = now;
  bytes_ += bytes;
  ++messages_;
}

void Meter::restart() {
  *this = {};
  cpu_ = cpu_seconds();
}

nlohmann::json Meter::reading() const {
  using Seconds = std::chrono::duration<double>;
  const auto now = Clock::now();
  const auto gap = std::max(longest_gap_, now - last_);
  return {{"bytes", bytes_},
          {"messages", messages_},
          {"seconds", Seconds{now - start_}.count()},
          {"cpu", cpu_seconds() - cpu_},
          {"longest_gap", Seconds{gap}.count()}};
}

double percentile(std::vector<double>& values, double share) {
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

}  // namespace sluice::bench
