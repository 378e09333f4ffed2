#include "course.hpp"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "process.hpp"

namespace sluice::bench {
namespace {

constexpr double sample_interval = 1;  // seconds
constexpr double line_interval = 30;
constexpr double filling = 0.1;  // of the time
constexpr double ten_minutes = 600;
constexpr double mebibyte = 1024 * 1024;

double next_line(double now, double seconds) { return now + std::min(line_interval, seconds / 4); }

}  // namespace

nlohmann::json sample() {
  return {{"mebibytes", static_cast<double>(resident_bytes()) / mebibyte}, {"descriptors", descriptor_count()}};
}

// Room for all samples at once: the list is not to look like growth.
Course::Course(double seconds)
    : seconds_{seconds}, next_line_{next_line(0, seconds)}, samples_(static_cast<std::size_t>(seconds) + 2) {
  samples_.clear();
}

double Course::elapsed() const {
  return std::chrono::duration<double>{std::chrono::steady_clock::now() - start_}.count();
}

bool Course::sample_due() const { return samples_.empty() || elapsed() >= samples_.back().seconds + sample_interval; }

Course::Process Course::process(const nlohmann::json& sample) {
  return {sample["mebibytes"].get<double>(), sample["descriptors"].get<double>()};
}

void Course::add(const nlohmann::json& theirs) { samples_.push_back({elapsed(), process(sample()), process(theirs)}); }

void Course::report(const std::string& text) {
  const auto now = elapsed();
  if (now < next_line_ || samples_.empty()) return;
  next_line_ = next_line(now, seconds_);
  const auto& [seconds, offering, answering] = samples_.back();
  std::ostringstream line;
  line << std::fixed << std::setprecision(0) << now << " of " << seconds_ << " s: " << text << std::setprecision(2)
       << ", RSS " << offering.mebibytes << " and " << answering.mebibytes << " MiB, descriptors "
       << std::setprecision(0) << offering.descriptors << " and " << answering.descriptors;
  std::cerr << "\r\033[K" << line.str() << std::endl;
}

double Course::slope(Process Sample::*side) const {
  const auto first = std::ranges::find_if(samples_, [&](const Sample& s) { return s.seconds >= filling * seconds_; });
  const auto count = static_cast<double>(samples_.end() - first);
  double mean_time = 0, mean_size = 0;
  for (auto each = first; each != samples_.end(); ++each) {
    mean_time += each->seconds / count;
    mean_size += (*each.*side).mebibytes / count;
  }
  double covariance = 0, variance = 0;
  for (auto each = first; each != samples_.end(); ++each) {
    const auto time = each->seconds - mean_time;
    covariance += time * ((*each.*side).mebibytes - mean_size);
    variance += time * time;
  }
  return variance > 0 ? covariance / variance * ten_minutes : 0;
}

nlohmann::json Course::figures() const {
  auto samples = nlohmann::json::array();
  for (const auto& [seconds, offering, answering] : samples_) {
    samples.push_back({seconds, offering.mebibytes, offering.descriptors, answering.mebibytes, answering.descriptors});
  }
  return {{"offering_rss_slope", slope(&Sample::offering)},
          {"answering_rss_slope", slope(&Sample::answering)},
          {"samples", std::move(samples)}};
}

}  // namespace sluice::bench
