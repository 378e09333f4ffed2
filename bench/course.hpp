#pragma once
// Course: a long measurement as it goes on. A sample of both processes each second, now and then a line for whoever
// waits, and in the end whether memory has grown.
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sluice::bench {

/// What this process holds: {"mebibytes": resident, "descriptors": open ones}.
nlohmann::json sample();

class Course {
 public:
  explicit Course(double seconds);

  double elapsed() const;  // seconds
  bool over() const { return elapsed() >= seconds_; }
  bool sample_due() const;

  /// Takes a sample here, beside the one of the other process, which answers offers.
  void add(const nlohmann::json& theirs);
  /// Prints where things stand, and this text, if a line is due.
  void report(const std::string& text);

  /// "offering_rss_slope", "answering_rss_slope": MiB in ten minutes, by least squares over what came after the first
  /// tenth of the time, in which buffers and caches fill. "samples": [[seconds, MiB and descriptors of the offering
  /// process, the same of the answering one]].
  nlohmann::json figures() const;

 private:
  struct Process {
    double mebibytes;
    double descriptors;
  };
  struct Sample {
    double seconds;
    Process offering;
    Process answering;
  };
  static Process process(const nlohmann::json&);
  double slope(Process Sample::*) const;

  double seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double next_line_;
  std::vector<Sample> samples_;
};

}  // namespace sluice::bench
