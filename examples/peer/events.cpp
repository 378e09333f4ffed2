#include "peer/events.hpp"

#include <sys/resource.h>

#include <chrono>
#include <fstream>

#include "support/lines.hpp"

namespace peer {

using nlohmann::json;

void emit(const json& event) { example::print_line(event.dump(-1, ' ', false, json::error_handler_t::replace)); }

void fail(std::string_view where, std::string_view message) {
  emit({{"type", "error"}, {"where", where}, {"message", message}});
}

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

json rusage_event() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  json event = {{"type", "rusage"}, {"user", seconds(usage.ru_utime)}, {"system", seconds(usage.ru_stime)}};
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) event["rss_kib"] = std::stol(line.substr(6));
    if (line.starts_with("VmHWM:")) event["hwm_kib"] = std::stol(line.substr(6));
  }
  return event;
}

}  // namespace peer
