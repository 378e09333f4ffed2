#pragma once
// The cases: what is measured, with which parameters, beside which floor, and what it is to reach.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "options.hpp"

namespace sluice::bench {

struct Goal {
  enum class Kind { at_least, at_most };
  std::string figure;
  Kind kind;
  double value;
};

struct Case {
  std::string group;  // "throughput"
  std::string name;   // "64 KiB"
  std::string scenario;
  nlohmann::json parameters;
  nlohmann::json floor{};            // for sluice-floor; null: none
  std::vector<std::string> shown{};  // figures of the table
  std::vector<Goal> goals{};
  bool required = false;  // the goals decide the exit status
  bool compared = false;  // with another library, where one is given
};

/// Those that the options name.
std::vector<Case> cases(const Options&);

/// One run: the figures, by name. Each round meets other losses.
nlohmann::json measure(const Case&, int round, const Options&);
nlohmann::json measure_floor(const Case&);

}  // namespace sluice::bench
