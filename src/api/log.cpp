#include "sluice/log.hpp"

#include <mutex>

#include "base/log.hpp"

namespace sluice {
namespace {

// The log is the process's (base/log.cpp); so is its handler.
std::mutex handler_mutex;
LogHandler handler_now;

void forward(void*, log::Level level, std::string_view line) { handler_now(static_cast<LogLevel>(level), line); }

}  // namespace

static_assert(static_cast<int>(LogLevel::none) == static_cast<int>(log::Level::none));
static_assert(static_cast<int>(LogLevel::debug) == static_cast<int>(log::Level::debug));

std::string_view to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::none:
      return "none";
    case LogLevel::error:
      return "error";
    case LogLevel::warning:
      return "warning";
    case LogLevel::info:
      return "info";
    case LogLevel::debug:
      return "debug";
  }
  return "";
}

void set_log_handler(LogLevel level, LogHandler handler) {
  const std::scoped_lock lock{handler_mutex};
  log::set_sink(log::Level::none, nullptr, nullptr);  // from here on nobody calls the previous one
  handler_now = std::move(handler);
  if (handler_now) log::set_sink(static_cast<log::Level>(level), forward, nullptr);
}

}  // namespace sluice
