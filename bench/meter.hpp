#pragma once
// Meter: counts what arrives, and the longest time between two arrivals. Percentiles: of a list of times.
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

namespace sluice::bench {

class Meter {
 public:
  void count(std::size_t bytes);
  /// Forgets what was before.
  void restart();
  /// "bytes", "messages", "seconds", "cpu", "longest_gap" in seconds: since restart().
  nlohmann::json reading() const;
  bool started() const noexcept { return messages_ != 0; }

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t bytes_ = 0;
  std::uint64_t messages_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  Clock::duration longest_gap_{};
  double cpu_ = 0;
};

/// Nearest rank; the list may not be empty.
double percentile(std::vector<double>& values, double share);

}  // namespace sluice::bench
