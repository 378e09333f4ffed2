#pragma once
// Options: arguments of the form --name=value; --name alone means --name=true.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace example {

class Options {
 public:
  /// Prints the usage and exits: 0 for --help, 2 if an argument is none of `names`.
  Options(int argc, char* argv[], std::string_view usage, const std::vector<std::string_view>& names);

  std::string text(std::string_view name, std::string_view fallback = {}) const;
  std::vector<std::string> all(std::string_view name) const;
  bool flag(std::string_view name, bool fallback) const;
  /// Negative numbers count as absent. Exits like an unknown argument if it is no number up to `most`.
  std::optional<long> number(std::string_view name, long most) const;

  /// Prints what is wrong and the usage, and exits with 2.
  [[noreturn]] void refuse(std::string_view problem) const;

 private:
  std::string usage_;
  std::multimap<std::string, std::string, std::less<>> values_{};
};

}  // namespace example
