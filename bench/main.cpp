// sluice-bench: what Sluice costs on this machine, with default settings.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "measurements.hpp"

namespace {

int usage() {
  std::cerr << "usage: sluice-bench [--json] [--seconds=S] [--repeat=N] [setup] [throughput]\n"
               "  measures set-up time over loopback, and bulk throughput between two processes; all by default\n";
  return 2;
}

void print(const nlohmann::json& row) {
  std::cout << row["measurement"].get<std::string>();
  for (const auto& [name, value] : row.items()) {
    if (name != "measurement") std::cout << "  " << name << ' ' << value;
  }
  std::cout << '\n';
}

}  // namespace

int main(int argc, char** argv) try {
  bool json = false;
  double seconds = 3;
  int repeat = 1;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--json") {
      json = true;
    } else if (argument.starts_with("--seconds=")) {
      seconds = std::stod(argument.substr(10));
    } else if (argument.starts_with("--repeat=")) {
      repeat = std::stoi(argument.substr(9));
    } else if (argument.starts_with("--receive=")) {  // started by measure_throughput()
      sluice::bench::serve_throughput(std::stoi(argument.substr(10)));
      return 0;
    } else if (argument == "setup" || argument == "throughput") {
      names.push_back(argument);
    } else {
      return usage();
    }
  }
  if (names.empty()) names = {"setup", "throughput"};
  auto rows = nlohmann::json::array();
  const auto add = [&](nlohmann::json row) {
    if (!json) print(row);
    rows.push_back(std::move(row));
  };
  for (int i = 0; i < repeat; ++i) {
    for (const auto& name : names) {
      if (name == "setup") add(sluice::bench::measure_setup(100));
      if (name == "throughput") {
        for (const std::size_t size : {64U, 1024U, 65536U}) add(sluice::bench::measure_throughput(size, seconds));
      }
    }
  }
  if (json) std::cout << rows.dump(1) << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << "sluice-bench: " << error.what() << '\n';
  return 1;
}
