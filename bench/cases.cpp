#include "cases.hpp"

#include <algorithm>
#include <stdexcept>

#include "compare.hpp"
#include "process.hpp"
#include "session.hpp"

namespace sluice::bench {
namespace {

using nlohmann::json;
using enum Goal::Kind;

constexpr std::size_t kib = 1024;
constexpr std::uint64_t megabit = 1'000'000;

const std::vector<std::string> rate_and_cost{"megabytes_per_second", "cpu_seconds_per_gigabyte"};

// As a browser would have it: sizes by powers of two.
std::string size_name(std::size_t size) {
  if (size < kib) return std::to_string(size) + " B";
  return size < kib * kib ? std::to_string(size / kib) + " KiB" : std::to_string(size / kib / kib) + " MiB";
}

json with(json base, const json& more) {
  base.update(more);
  return base;
}

void add_throughput(std::vector<Case>& all, const Options& options) {
  const json base{{"window", options.window}};
  const json long_window{{"window", 2 * options.window}, {"size", 64 * kib}};
  all.push_back({"throughput",
                 "64 KiB",
                 "bulk",
                 long_window,
                 with(long_window, {{"what", "bulk"}}),
                 rate_and_cost,
                 {{"megabytes_per_second", at_least, 300}, {"cpu_seconds_per_gigabyte", at_most, 5}}});
  const auto discovered = with(long_window, {{"max_datagram", 65507}});
  all.push_back({"throughput",
                 "64 KiB, discovered path MTU",
                 "bulk",
                 discovered,
                 with(discovered, {{"what", "bulk"}, {"packet", 16 * kib + 37}}),
                 rate_and_cost,
                 {{"megabytes_per_second", at_least, 700}}});
  all.push_back({"throughput",
                 "64 KiB, one process",
                 "bulk",
                 with(base, {{"size", 64 * kib}, {"processes", 1}}),
                 {},
                 rate_and_cost});
  all.push_back({"throughput",
                 "64 KiB, one process, two event loops",
                 "bulk",
                 with(base, {{"size", 64 * kib}, {"loops", 2}}),
                 {},
                 rate_and_cost});
  all.push_back({"throughput",
                 "64 KiB, unordered",
                 "bulk",
                 with(base, {{"size", 64 * kib}, {"ordered", false}}),
                 {},
                 rate_and_cost});
  const json partial{{"size", 64 * kib}, {"ordered", false}, {"max_retransmits", 0}};
  all.push_back({"throughput", "64 KiB, unordered, no retransmission", "bulk", with(base, partial), {}, rate_and_cost});
  for (const std::size_t size : {1 * kib, 16 * kib, 256 * kib}) {
    const auto parameters = with(base, {{"size", size}});
    const auto floor = with(parameters, {{"what", "bulk"}});
    all.push_back({"throughput", size_name(size), "bulk", parameters, floor, rate_and_cost});
  }
  const json largest{{"size", 1024 * kib}};  // which the floor would have to cut into pieces
  all.push_back({"throughput", size_name(1024 * kib), "bulk", with(base, largest), {}, rate_and_cost});
}

void add_latency(std::vector<Case>& all, const Options& options) {
  const json floor{{"what", "udp"}, {"rounds", options.rounds}};
  all.push_back({"latency",
                 "64 B, idle",
                 "latency",
                 {{"rounds", options.rounds}},
                 floor,
                 {"p50_us", "p99_us"},
                 {{"p50_us", at_most, 75}, {"p99_us", at_most, 150}}});
  all.push_back({"latency",
                 "64 B, idle, one process",
                 "latency",
                 {{"rounds", options.rounds}, {"processes", 1}},
                 {},
                 {"p50_us", "p99_us"}});
  all.push_back({"latency",
                 "64 B beside 256 KiB bulk",
                 "latency",
                 {{"rounds", options.rounds / 5}, {"bulk", true}},
                 {},
                 {"p50_us", "p99_us"},
                 {{"p99_us", at_most, 2150}}});  // 2 round trips of the idle path, and 2 ms
}

void add_setup(std::vector<Case>& all, const Options& options) {
  const json count{{"connections", options.connections}};
  all.push_back({"setup",
                 "one after the other",
                 "setup",
                 count,
                 with(count, {{"what", "handshake"}}),
                 {"p50_ms", "p99_ms", "cpu_ms_per_connection"},
                 {{"p50_ms", at_most, 2.5}, {"p99_ms", at_most, 8}}});
  all.push_back(
      {"setup", "20 at once", "setup", with(count, {{"at_once", 20}}), {}, {"connections_per_second", "p99_ms"}});
  all.push_back({"setup", "two processes", "handshakes", count, {}, {"p50_ms", "p99_ms"}});
  const json path{{"round_trip", 50.0}};
  all.push_back({"setup",
                 "first message, 50 ms",
                 "first-message",
                 {{"path", path}, {"round_trip", 50.0}, {"signaling_delay", 25.0}},
                 {},
                 {"round_trips"},
                 {{"round_trips", at_most, 4.2}}});  // 4, and what the processors take
}

void add_messages(std::vector<Case>& all, const Options& options) {
  const json base{{"window", options.window}, {"size", 64}};
  const std::vector<std::string> shown{"messages_per_second", "cpu_microseconds_per_message"};
  all.push_back({"messages",
                 "64 B, send()",
                 "bulk",
                 base,
                 with(base, {{"what", "bulk"}}),
                 shown,
                 {{"messages_per_second", at_least, 800'000}}});
  all.push_back({"messages", "64 B, co_await async_send()", "bulk", with(base, {{"style", "await"}}), {}, shown});
  all.push_back({"messages", "64 B, send(), one process", "bulk", with(base, {{"processes", 1}}), {}, shown});
  all.push_back({"messages", "256 B, send()", "bulk", with(base, {{"size", 256}}),
                 with(base, {{"size", 256}, {"what", "bulk"}}), shown});
}

json path_of(int round_trip, double loss, std::uint64_t rate) {
  // A queue of one bandwidth-delay product, as routers have it, and never less than 20 ms.
  const auto queue = rate / 8 * static_cast<std::uint64_t>(std::max(round_trip, 20)) / 1000;
  return {{"round_trip", round_trip}, {"loss", loss}, {"rate", rate}, {"queue", queue}};
}

Case path_case(const std::string& group, const Options& options, int round_trip, double loss, std::uint64_t rate) {
  std::string percent = std::to_string(loss * 100);
  percent.resize(percent.find('.') + 2);
  const json parameters{
      {"path", path_of(round_trip, loss, rate)}, {"size", 16 * kib}, {"window", options.path_window}, {"warm_up", 0.0}};
  const auto name =
      std::to_string(rate / megabit) + " Mbit/s, " + std::to_string(round_trip) + " ms, " + percent + " % loss";
  Case result{group, name, "bulk", parameters, {}, {"megabits_per_second", "longest_stall_ms"}};
  result.compared = true;
  return result;
}

// What the other library has reached in the same round, and how many times as much Sluice has.
void add_comparison(Case& each) {
  each.shown.insert(each.shown.end(),
                    {"libdatachannel_megabits_per_second", "libdatachannel_longest_stall_ms", "times_libdatachannel"});
  if (each.group == "path" && each.parameters["path"]["loss"] > 0) {
    each.goals.push_back({"times_libdatachannel", at_least, 1.3});
  }
}

void add_paths(std::vector<Case>& all, const Options& options) {
  for (const double loss : {0.0, 0.001, 0.01}) all.push_back(path_case("path", options, 50, loss, 100 * megabit));
  all[all.size() - 3].goals = {{"megabits_per_second", at_least, 90}};
}

void add_matrix(std::vector<Case>& all, const Options& options) {
  for (const auto rate : {100 * megabit, 1000 * megabit}) {
    for (const int round_trip : {1, 20, 50, 100, 200}) {
      for (const double loss : {0.0, 0.001, 0.01, 0.03}) {
        all.push_back(path_case("matrix", options, round_trip, loss, rate));
      }
    }
  }
}

// Memory that grows, a descriptor that stays, a time without a delivery: what shows only after a while.
void add_soak(std::vector<Case>& all, const Options& options) {
  const std::vector<Goal> kept{{"offering_rss_slope", at_most, 1},
                               {"answering_rss_slope", at_most, 1},
                               {"descriptors_left", at_most, 0},
                               {"faults", at_most, 0}};
  std::vector<std::string> shown;
  for (const auto& goal : kept) shown.push_back(goal.figure);
  Case bulk{"soak", "64 KiB at full speed", "soak", {{"seconds", options.soak}, {"size", 64 * kib}}, {}, shown, kept,
            true};
  bulk.goals.push_back({"longest_stall_ms", at_most, 400});  // 2 RTO, which are 200 ms at least
  for (const auto* figure : {"longest_stall_ms", "megabytes_per_second"}) bulk.shown.emplace_back(figure);
  all.push_back(std::move(bulk));
  Case churn{"soak",  "200 connections, replaced in turn",
             "churn", {{"seconds", options.churn}, {"connections", 200}},
             {},      shown,
             kept,    true};
  for (const auto* figure : {"connections", "open_max_ms", "open_p50_ms"}) churn.shown.emplace_back(figure);
  all.push_back(std::move(churn));
}

}  // namespace

std::vector<Case> cases(const Options& options) {
  std::vector<Case> all;
  add_throughput(all, options);
  add_latency(all, options);
  add_setup(all, options);
  all.push_back({"connections",
                 std::to_string(options.connections) + " idle endpoints",
                 "connections",
                 {{"connections", options.connections}},
                 {{"what", "idle"}, {"connections", options.connections}},
                 {"kib_per_endpoint", "idle_cpu_us_per_endpoint_second", "threads"},
                 {{"kib_per_endpoint", at_most, 100}, {"threads", at_most, 2}}});
  add_messages(all, options);
  add_paths(all, options);
  add_matrix(all, options);
  add_soak(all, options);
  const auto wanted = [&](const Case& each) {
    const bool asked =
        options.groups.empty() ? each.group != "matrix" && each.group != "soak" : options.groups.contains(each.group);
    return asked && each.name.find(options.only) != std::string::npos;
  };
  std::erase_if(all, [&](const Case& each) { return !wanted(each); });
  for (auto& each : all) {
    if (each.compared && !options.compare.empty()) add_comparison(each);
  }
  if (all.empty()) throw std::invalid_argument{"no case has that name; --list shows them"};
  return all;
}

nlohmann::json measure(const Case& what, int round, const Options& options) {
  if (what.scenario == "setup") return measure_setup(what.parameters);
  auto parameters = what.parameters;
  if (parameters.contains("path")) parameters["path"]["seed"] = round;
  auto figures = run(find_scenario(what.scenario), parameters);
  if (!what.compared || options.compare.empty()) return figures;
  const auto theirs = compare(options.compare, parameters);
  for (const auto& [name, value] : theirs.items()) figures["libdatachannel_" + name] = value;
  const auto rate = theirs["megabits_per_second"].get<double>();
  figures["times_libdatachannel"] = figures["megabits_per_second"].get<double>() / rate;
  return figures;
}

nlohmann::json measure_floor(const Case& what) {
  const auto command = program_folder() + "/sluice-floor '" + what.floor.dump() + "'";
  return json::parse(output_of(command));
}

}  // namespace sluice::bench
