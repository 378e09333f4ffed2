// sluice-bench: what Sluice costs on this machine, with default settings.
#include <chrono>
#include <exception>
#include <fstream>
#include <iostream>

#include "results.hpp"
#include "session.hpp"

namespace {

using namespace sluice::bench;

// Round by round, so that a case and what it is compared with meet the same moods of the machine.
// One that fails is left out, and the rest goes on.
bool run_all(const Options& options, const std::vector<Case>& all, Results& results) {
  bool complete = true;
  for (int round = 1; round <= options.repeat; ++round) {
    for (std::size_t i = 0; i != all.size(); ++i) {
      std::cerr << "\r\033[K" << round << '/' << options.repeat << "  " << all[i].group << ": " << all[i].name
                << std::flush;
      try {
        auto figures = measure(all[i], round, options);
        const bool floor = options.floor && !all[i].floor.is_null();
        results.add(i, std::move(figures), floor ? measure_floor(all[i]) : nlohmann::json{});
      } catch (const std::exception& error) {
        std::cerr << ": " << error.what() << '\n';
        complete = false;
      }
    }
  }
  std::cerr << "\r\033[K";
  return complete;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto options = parse_options(argc, argv);
  if (!options) return 0;
  if (options->serve) {
    serve(*options->serve);
    return 0;
  }
  const auto all = cases(*options);
  if (options->list) {
    for (const auto& each : all) std::cout << each.group << ": " << each.name << '\n';
    return 0;
  }
  Results results{all};
  const bool complete = run_all(*options, all, results);
  const auto summary = results.summary();
  std::cout << table(summary);
  if (!options->json.empty()) std::ofstream{options->json} << summary.dump(1) << '\n';
  return complete && !missed(summary) ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "sluice-bench: " << error.what() << '\n';
  return 1;
}
