#include "base/log.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sluice::log {
namespace {

void remember(void* lines, Level, std::string_view line) {
  static_cast<std::vector<std::string>*>(lines)->emplace_back(line);
}

struct Counted {
  int* formatted;
  friend std::ostream& operator<<(std::ostream& out, const Counted& counted) {
    ++*counted.formatted;
    return out << "x";
  }
};

TEST_CASE("a line reaches the sink if its level is asked for, and is not even formatted otherwise", "[base]") {
  std::vector<std::string> lines;
  int formatted = 0;
  set_sink(Level::warning, remember, &lines);
  error("a ", 1);
  warning("b ", Counted{&formatted});
  info("c ", Counted{&formatted});
  set_sink(Level::none, nullptr, nullptr);
  error("d");
  CHECK(lines == std::vector<std::string>{"a 1", "b x"});
  CHECK(formatted == 1);
}

}  // namespace
}  // namespace sluice::log
