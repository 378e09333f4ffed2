#pragma once
// The command line of sluice-bench.
#include <optional>
#include <set>
#include <string>

namespace sluice::bench {

struct Options {
  std::set<std::string> groups{};  // of cases; empty: all but the matrix and the soak
  std::string only{};              // cases whose name contains this
  int repeat = 5;
  double window = 1;  // seconds that throughput is measured for
  double path_window = 8;
  std::size_t rounds = 10'000;
  std::size_t connections = 500;
  double soak = 1800;     // seconds at full speed
  double churn = 600;     // seconds of connections that come and go
  std::string json{};     // file; empty: none
  std::string compare{};  // program of another library, see compare.hpp; empty: none
  bool floor = true;
  bool list = false;           // only name the cases
  std::optional<int> serve{};  // this is another process of a measurement
};

/// Nothing: the usage has been printed. Throws if an argument is wrong.
std::optional<Options> parse_options(int argc, char** argv);

}  // namespace sluice::bench
