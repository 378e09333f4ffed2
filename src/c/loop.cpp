#include "c/loop.hpp"

#include <boost/asio/post.hpp>
#include <chrono>

#include "c/guard.hpp"

namespace sluice::c {

Loop::Runner::Runner(Loop& owner) : loop{owner} {
  const std::lock_guard lock{loop.mutex_};
  if (loop.runners_ == 0 && !loop.stop_wanted_ && loop.context_.stopped()) loop.context_.restart();
  ++loop.runners_;
}

Loop::Runner::~Runner() {
  const std::lock_guard lock{loop.mutex_};
  --loop.runners_;
}

void Loop::stop() {
  const std::lock_guard lock{mutex_};
  stop_wanted_ = true;
  context_.stop();
}

bool Loop::stopped() const {
  const std::lock_guard lock{mutex_};
  return stop_wanted_;
}

bool Loop::restart() {
  const std::lock_guard lock{mutex_};
  if (runners_ != 0) return false;
  stop_wanted_ = false;
  return true;
}

namespace {

// The copy keeps the loop alive while it runs, whatever its handlers free.
template <class Run>
sluice_error run(sluice_loop* loop, std::size_t* called, Run function) noexcept {
  if (called) *called = 0;
  return guarded([&] {
    const auto shared = require(loop).shared;
    const auto count = shared->run(function);
    if (called) *called = count;
  });
}

}  // namespace
}  // namespace sluice::c

using namespace sluice::c;

sluice_loop* sluice_loop_new() {
  sluice_loop* made = nullptr;
  guarded([&] { made = new sluice_loop; });
  return made;
}

void sluice_loop_free(sluice_loop* loop) { delete loop; }

sluice_error sluice_loop_run(sluice_loop* loop, size_t* called) {
  return run(loop, called, [](auto& context) { return context.run(); });
}

sluice_error sluice_loop_run_for(sluice_loop* loop, uint32_t milliseconds, size_t* called) {
  return run(loop, called, [=](auto& context) { return context.run_for(std::chrono::milliseconds{milliseconds}); });
}

sluice_error sluice_loop_run_one(sluice_loop* loop, size_t* called) {
  return run(loop, called, [](auto& context) { return context.run_one(); });
}

sluice_error sluice_loop_poll(sluice_loop* loop, size_t* called) {
  return run(loop, called, [](auto& context) { return context.poll(); });
}

void sluice_loop_stop(sluice_loop* loop) {
  if (loop) loop->shared->stop();
}

bool sluice_loop_stopped(const sluice_loop* loop) { return !loop || loop->shared->stopped(); }

sluice_error sluice_loop_restart(sluice_loop* loop) {
  return guarded([&] { require(require(loop).shared->restart()); });
}

sluice_error sluice_loop_post(sluice_loop* loop, sluice_handler function, void* user) {
  return guarded([&] {
    require(function != nullptr);
    asio::post(require(loop).shared->context(), [function, user] { function(user); });
  });
}
