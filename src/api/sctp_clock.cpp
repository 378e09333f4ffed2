#include "api/sctp_clock.hpp"

#include <algorithm>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <mutex>
#include <optional>

#include "api/driver.hpp"
#include "net/context_executor.hpp"

namespace sluice::api {
namespace {

namespace asio = boost::asio;

// Who is woken. The stack is the process's, and so is this table.
class Registry {
 public:
  // Never destroyed: at exit contexts that were made before it may still run.
  static Registry& instance() {
    static Registry& registry = *new Registry;
    return registry;
  }

  void add(sctp::AssociationId id, std::weak_ptr<Driver> driver) {
    const std::scoped_lock lock{mutex_};
    drivers_[id] = std::move(driver);
  }
  void remove(sctp::AssociationId id) {
    const std::scoped_lock lock{mutex_};
    drivers_.erase(id);
  }
  std::shared_ptr<Driver> find(sctp::AssociationId id) {
    const std::scoped_lock lock{mutex_};
    const auto found = drivers_.find(id);
    return found == drivers_.end() ? nullptr : found->second.lock();
  }

 private:
  std::mutex mutex_;
  std::map<sctp::AssociationId, std::weak_ptr<Driver>> drivers_;
};

void wake(sctp::AssociationId id) {
  auto driver = Registry::instance().find(id);
  if (!driver) return;
  const auto executor = driver->executor();
  asio::post(executor, [driver = std::move(driver)] { driver->handle_sctp_wake(); });
}

class Ticker final : public asio::execution_context::service {
 public:
  inline static asio::execution_context::id id;

  explicit Ticker(asio::execution_context& context) : service{context} {}

  void join(const asio::any_io_executor& executor) {
    const std::scoped_lock lock{mutex_};
    if (++users_ != 1) return;
    timer_.emplace(net::context_executor(executor));
    timer_->expires_after(sctp::Stack::tick);
    wait();
  }

  void leave() {
    const std::scoped_lock lock{mutex_};
    if (--users_ == 0) timer_.reset();
  }

 private:
  void shutdown() override {
    const std::scoped_lock lock{mutex_};
    timer_.reset();
  }

  void wait() {
    timer_->async_wait([this](error_code error) {
      if (!error) tick();
    });
  }

  void tick() {
    std::vector<sctp::AssociationId> woken;
    sctp::Stack::instance().advance(Clock::now(), woken);
    for (const auto association : woken) wake(association);
    const auto next = sctp_tick(sctp::Stack::instance().association_count());
    const std::scoped_lock lock{mutex_};
    if (!timer_) return;
    timer_->expires_after(next);
    wait();
  }

  std::mutex mutex_;
  std::size_t users_ = 0;
  std::optional<asio::steady_timer> timer_;
};

Ticker& ticker_of(const asio::any_io_executor& executor) {
  return asio::use_service<Ticker>(asio::query(executor, asio::execution::context));
}

}  // namespace

Duration sctp_tick(std::size_t associations) noexcept {
  constexpr std::size_t per_tick = 1000;
  constexpr Duration longest = std::chrono::milliseconds{50};
  const auto ticks = static_cast<Duration::rep>(associations / per_tick);
  return std::clamp(ticks * sctp::Stack::tick, sctp::Stack::tick, longest);
}

void join_sctp_clock(const asio::any_io_executor& executor, sctp::AssociationId id,
                     const std::weak_ptr<Driver>& driver) {
  Registry::instance().add(id, driver);
  ticker_of(executor).join(executor);
}

void leave_sctp_clock(const asio::any_io_executor& executor, sctp::AssociationId id) {
  Registry::instance().remove(id);
  ticker_of(executor).leave();
}

}  // namespace sluice::api
