#include "support/options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>

namespace example {

Options::Options(int argc, char* argv[], std::string_view usage, const std::vector<std::string_view>& names)
    : usage_{usage} {
  for (const std::string_view argument : std::vector<std::string_view>(argv + 1, argv + argc)) {
    if (argument == "--help" || argument == "-h") {
      std::cout << usage_;
      std::exit(0);
    }
    const auto equals = argument.find('=');
    const auto name = argument.starts_with("--") ? argument.substr(2, equals - 2) : std::string_view{};
    if (equals == 1 || std::ranges::find(names, name) == names.end()) {
      refuse("unknown argument " + std::string{argument});
    }
    values_.emplace(name, equals == std::string_view::npos ? "true" : argument.substr(equals + 1));
  }
}

std::string Options::text(std::string_view name, std::string_view fallback) const {
  const auto found = all(name);
  return found.empty() ? std::string{fallback} : found.back();
}

std::vector<std::string> Options::all(std::string_view name) const {
  std::vector<std::string> result;
  const auto [first, last] = values_.equal_range(name);
  std::transform(first, last, std::back_inserter(result), [](const auto& entry) { return entry.second; });
  return result;
}

bool Options::flag(std::string_view name, bool fallback) const {
  const auto value = text(name, fallback ? "true" : "false");
  if (value != "true" && value != "false") refuse("--" + std::string{name} + " is true or false");
  return value == "true";
}

std::optional<long> Options::number(std::string_view name, long most) const {
  const auto value = text(name, "-1");
  long result = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (error != std::errc{} || end != value.data() + value.size() || result > most) {
    refuse("--" + std::string{name} + " is a number up to " + std::to_string(most));
  }
  if (result < 0) return std::nullopt;
  return result;
}

void Options::refuse(std::string_view problem) const {
  std::cerr << problem << "\n\n" << usage_;
  std::exit(2);
}

}  // namespace example
