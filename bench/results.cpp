#include "results.hpp"

#include <openssl/crypto.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace sluice::bench {
namespace {

using nlohmann::json;

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<double> column(const std::vector<json>& runs, const std::string& figure) {
  std::vector<double> values;
  for (const auto& run : runs) {
    if (run.contains(figure)) values.push_back(run[figure].get<double>());
  }
  return values;
}

std::string processor() {
  std::ifstream info{"/proc/cpuinfo"};
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown";
}

json machine() {
  utsname system{};
  uname(&system);
  return {{"processor", processor()},
          {"cores", std::thread::hardware_concurrency()},
          {"system", std::string{system.sysname} + ' ' + system.release},
          {"compiler", __VERSION__},
          {"openssl", OpenSSL_version(OPENSSL_VERSION)},
#ifdef NDEBUG
          {"assertions", false}
#else
          {"assertions", true}
#endif
  };
}

bool reached(const Goal& goal, double value) {
  return goal.kind == Goal::Kind::at_least ? value >= goal.value : value <= goal.value;
}

}  // namespace

Results::Results(const std::vector<Case>& cases) {
  for (const auto& each : cases) cases_.push_back({each});
}

void Results::add(std::size_t index, json figures, json floor) {
  cases_[index].figures.push_back(std::move(figures));
  if (!floor.is_null()) cases_[index].floor.push_back(std::move(floor));
}

json Results::summary() const {
  auto all = json::array();
  for (const auto& each : cases_) {
    if (!each.figures.empty()) all.push_back(summary(each));
  }
  return {{"machine", machine()}, {"cases", std::move(all)}};
}

json Results::summary(const Runs& runs) {
  auto figures = json::object();
  for (const auto& [name, value] : runs.figures.front().items()) {
    if (!value.is_number()) continue;  // what is kept beside the figures
    const auto values = column(runs.figures, name);
    json figure{{"median", median(values)},
                {"lowest", *std::ranges::min_element(values)},
                {"highest", *std::ranges::max_element(values)}};
    const auto floor = column(runs.floor, name);
    if (floor.size() == values.size()) {
      std::vector<double> ratios;
      for (std::size_t i = 0; i != values.size(); ++i) ratios.push_back(values[i] / floor[i]);
      figure["floor"] = median(floor);
      figure["ratio"] = median(std::move(ratios));
    }
    figures[name] = std::move(figure);
  }
  auto goals = json::array();
  for (const auto& goal : runs.what.goals) {
    const auto value = figures[goal.figure]["median"].get<double>();
    goals.push_back({{"figure", goal.figure},
                     {"goal", goal.value},
                     {"at_least", goal.kind == Goal::Kind::at_least},
                     {"reached", reached(goal, value)}});
  }
  return {{"group", runs.what.group},      {"name", runs.what.name},    {"parameters", runs.what.parameters},
          {"shown", runs.what.shown},      {"runs", runs.figures},      {"floor_runs", runs.floor},
          {"figures", std::move(figures)}, {"goals", std::move(goals)}, {"required", runs.what.required}};
}

bool missed(const json& summary) {
  return std::ranges::any_of(summary["cases"], [](const json& each) {
    const auto reached = [](const json& goal) { return goal["reached"].get<bool>(); };
    return each["required"].get<bool>() && !std::ranges::all_of(each["goals"], reached);
  });
}

}  // namespace sluice::bench
