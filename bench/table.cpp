#include <iomanip>
#include <sstream>

#include "results.hpp"

namespace sluice::bench {
namespace {

using nlohmann::json;

// Three digits that matter.
std::string number(double value) {
  std::ostringstream text;
  const int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  text << std::fixed << std::setprecision(decimals) << value;
  return text.str();
}

std::string goal_text(const json& goals, const std::string& figure) {
  for (const auto& goal : goals) {
    if (goal["figure"] != figure) continue;
    const std::string sign = goal["at_least"].get<bool>() ? ">= " : "<= ";
    return sign + number(goal["goal"].get<double>()) + (goal["reached"].get<bool>() ? "  reached" : "  NOT reached");
  }
  return "";
}

void print_row(std::ostream& out, const json& each, const std::string& name) {
  const auto& figure = each["figures"][name];
  const auto spread = number(figure["lowest"].get<double>()) + ".." + number(figure["highest"].get<double>());
  out << "  " << std::left << std::setw(38) << each["name"].get<std::string>() << std::setw(33) << name << std::right
      << std::setw(10) << number(figure["median"].get<double>()) << "  " << std::left << std::setw(20)
      << '(' + spread + ')';
  if (figure.contains("ratio")) {
    out << std::right << std::setw(10) << number(figure["floor"].get<double>()) << std::setw(8)
        << number(figure["ratio"].get<double>());
  } else {
    out << std::setw(18) << "";
  }
  out << "  " << goal_text(each["goals"], name) << '\n';
}

}  // namespace

std::string table(const json& summary) {
  std::ostringstream out;
  out << std::left << std::setw(40) << "case" << std::setw(33) << "figure" << std::right << std::setw(10) << "median"
      << std::left << std::setw(22) << "  (spread)" << std::right << std::setw(10) << "floor" << std::setw(8) << "ratio"
      << "  goal\n";
  std::string group;
  for (const auto& each : summary["cases"]) {
    if (each["group"] != group) {
      group = each["group"].get<std::string>();
      out << group << '\n';
    }
    for (const auto& name : each["shown"]) print_row(out, each, name.get<std::string>());
  }
  return out.str();
}

}  // namespace sluice::bench
