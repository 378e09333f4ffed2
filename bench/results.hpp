#pragma once
// Results: all runs of all cases, their medians, the floor beside them and the goals.
#include <nlohmann/json.hpp>

#include "cases.hpp"

namespace sluice::bench {

class Results {
 public:
  explicit Results(const std::vector<Case>&);

  void add(std::size_t index, nlohmann::json figures, nlohmann::json floor);
  /// {"machine": ..., "cases": [{"group", "name", "parameters", "runs", "floor_runs", "figures", "goals"}]}, where
  /// "figures" has of each name {"median", "lowest", "highest", "floor", "ratio"}: the ratio is the median of the
  /// ratios within one run.
  nlohmann::json summary() const;

 private:
  struct Runs {
    Case what;
    std::vector<nlohmann::json> figures{};
    std::vector<nlohmann::json> floor{};
  };
  static nlohmann::json summary(const Runs&);

  std::vector<Runs> cases_{};
};

/// Whether a case whose goals are required has missed one.
bool missed(const nlohmann::json& summary);

/// The summary as a table for people.
std::string table(const nlohmann::json& summary);

}  // namespace sluice::bench
