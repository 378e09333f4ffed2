#pragma once
// Log: lines for a human, by level, to one sink of the process. Nothing is formatted that nobody reads.
//
// What the peer sends is never logged above debug, and no secret ever.
#include <sstream>
#include <string_view>

namespace sluice::log {

enum class Level { none, error, warning, info, debug };  // 0 to 4; each includes those before it

using Sink = void (*)(void* context, Level, std::string_view line);

/// Any thread. The sink may be called from any thread that runs a connection, until it is replaced.
void set_sink(Level, Sink, void* context) noexcept;
bool enabled(Level) noexcept;
void write(Level, std::string_view line);

template <class... Parts>
void line(Level level, const Parts&... parts) {
  if (!enabled(level)) return;
  std::ostringstream text;
  (text << ... << parts);
  write(level, text.view());
}

template <class... Parts>
void error(const Parts&... parts) {
  line(Level::error, parts...);
}
template <class... Parts>
void warning(const Parts&... parts) {
  line(Level::warning, parts...);
}
template <class... Parts>
void info(const Parts&... parts) {
  line(Level::info, parts...);
}
template <class... Parts>
void debug(const Parts&... parts) {
  line(Level::debug, parts...);
}

}  // namespace sluice::log
