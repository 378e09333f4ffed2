#include "options.hpp"

#include <boost/program_options.hpp>
#include <iostream>
#include <vector>

namespace sluice::bench {

namespace po = boost::program_options;

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  std::vector<std::string> groups;
  int descriptor = -1;
  po::options_description visible{
      "usage: sluice-bench [options] [throughput] [latency] [setup] [connections] [messages] [path] [matrix] [soak]\n"
      "Measures Sluice on this machine, each figure beside the floor of the same run: the libraries below without\n"
      "Sluice. Without names: all but the matrix of paths and the soak, whose goals\n"
      "decide the exit status"};
  visible.add_options()("help", "this text")("list", po::bool_switch(&options.list), "name the cases and stop")(
      "only", po::value(&options.only), "only cases whose name contains this")(
      "repeat", po::value(&options.repeat)->default_value(options.repeat), "runs of each case; medians are shown")(
      "seconds", po::value(&options.window)->default_value(options.window), "to measure throughput for")(
      "path-seconds", po::value(&options.path_window)->default_value(options.path_window), "to measure a path for")(
      "rounds", po::value(&options.rounds)->default_value(options.rounds), "of ping-pong")(
      "connections", po::value(&options.connections)->default_value(options.connections), "to set up and to hold")(
      "soak-seconds", po::value(&options.soak)->default_value(options.soak), "at full speed")(
      "churn-seconds", po::value(&options.churn)->default_value(options.churn), "of connections that come and go")(
      "compare", po::value(&options.compare),
      "program for node that does the cases of paths with another library, see bench/compare")(
      "no-floor", "leave the floor out")("json", po::value(&options.json), "write everything into this file");
  po::options_description hidden;
  hidden.add_options()("serve", po::value(&descriptor))("group", po::value(&groups));
  po::options_description all;
  all.add(visible).add(hidden);
  po::positional_options_description positional;
  positional.add("group", -1);

  po::variables_map values;
  po::store(po::command_line_parser{argc, argv}.options(all).positional(positional).run(), values);
  po::notify(values);
  if (values.count("help") != 0) {
    std::cout << visible;
    return std::nullopt;
  }
  if (options.repeat < 1 || options.connections < 1 || options.rounds < 1 || options.window <= 0 || options.soak <= 0 ||
      options.churn <= 0) {
    throw po::error{"numbers have to be positive"};
  }
  options.floor = values.count("no-floor") == 0;
  if (descriptor >= 0) options.serve = descriptor;
  options.groups = {groups.begin(), groups.end()};
  return options;
}

}  // namespace sluice::bench
