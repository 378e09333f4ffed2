#include "base/log.hpp"

#include <atomic>
#include <mutex>

namespace sluice::log {
namespace {

// The process has one log, so its level and sink are the process's: an atomic to ask, a lock to write.
std::atomic<Level> level_now{Level::none};
std::mutex sink_mutex;
Sink sink_now = nullptr;
void* context_now = nullptr;

}  // namespace

void set_sink(Level level, Sink sink, void* context) noexcept {
  const std::scoped_lock lock{sink_mutex};
  sink_now = sink;
  context_now = context;
  level_now.store(sink ? level : Level::none, std::memory_order_relaxed);
}

bool enabled(Level level) noexcept { return level <= level_now.load(std::memory_order_relaxed); }

void write(Level level, std::string_view line) {
  const std::scoped_lock lock{sink_mutex};
  if (sink_now) sink_now(context_now, level, line);
}

}  // namespace sluice::log
