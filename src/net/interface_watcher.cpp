#include "net/interface_watcher.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <mutex>
#include <optional>

#include "base/log.hpp"
#include "net/change_notifications.hpp"
#include "net/context_executor.hpp"

namespace sluice::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// An interface that goes takes its addresses with it one by one, and a new one gets them so.
constexpr auto settling = std::chrono::milliseconds{200};
constexpr auto retry = std::chrono::seconds{1};

}  // namespace

class InterfaceWatcher final : public asio::execution_context::service {
 public:
  using Handler = InterfaceListener::Handler;
  inline static asio::execution_context::id id;

  explicit InterfaceWatcher(asio::execution_context& context) : service{context} {}

  std::uint64_t join(const asio::any_io_executor& executor, Handler handler) {
    const std::scoped_lock lock{mutex_};
    if (handlers_.empty()) open(context_executor(executor));
    handlers_.emplace(++last_, std::move(handler));
    return last_;
  }

  void leave(std::uint64_t listener) {
    const std::scoped_lock lock{mutex_};
    handlers_.erase(listener);
    if (handlers_.empty()) close();
  }

 private:
  void shutdown() override {
    const std::scoped_lock lock{mutex_};
    handlers_.clear();
    close();
  }

  void open(const asio::any_io_executor& executor) {
    const int descriptor = open_change_notifications();
    if (descriptor < 0) return log::warning("changes of network interfaces are not seen before the next gathering");
    notifications_.emplace(executor, descriptor);
    timer_.emplace(executor);
    known_ = std::make_shared<const Addresses>(interface_addresses());
    wait();
  }

  void close() {
    ++generation_;
    notifications_.reset();
    timer_.reset();
    known_.reset();
  }

  void wait() {
    notifications_->async_wait(asio::posix::stream_descriptor::wait_read,
                               [this, generation = generation_](error_code error) {
                                 if (!error) settle(generation);
                               });
  }

  void settle(std::uint64_t generation) {
    const std::scoped_lock lock{mutex_};
    if (generation != generation_) return;  // closed meanwhile, and perhaps opened again
    timer_->expires_after(settling);
    timer_->async_wait([this, generation](error_code error) {
      if (!error) tell(generation);
    });
  }

  void tell(std::uint64_t generation) {
    std::map<std::uint64_t, Handler> handlers;
    std::shared_ptr<const Addresses> addresses;
    {
      const std::scoped_lock lock{mutex_};
      if (generation != generation_ || !look()) return;
      handlers = handlers_;
      addresses = known_;
    }
    for (const auto& [listener, handler] : handlers) handler(addresses);
  }

  // Whether there is something to tell. The lifetimes of IPv6 addresses are renewed all the time: nothing changes by
  // that.
  bool look() {
    discard_change_notifications(notifications_->native_handle());
    auto now = std::make_shared<const Addresses>(interface_addresses());
    wait();
    if (now->empty()) look_again();  // no descriptor or memory to ask with: a host has at least its loopback address
    if (now->empty() || *now == *known_) return false;
    known_ = std::move(now);
    return true;
  }

  void look_again() {
    timer_->expires_after(retry);
    timer_->async_wait([this, generation = generation_](error_code error) {
      if (!error) tell(generation);
    });
  }

  std::mutex mutex_;
  std::map<std::uint64_t, Handler> handlers_;
  std::uint64_t last_ = 0;
  std::uint64_t generation_ = 0;  // of the socket
  std::optional<asio::posix::stream_descriptor> notifications_;
  std::optional<asio::steady_timer> timer_;
  std::shared_ptr<const Addresses> known_;
};

InterfaceListener::InterfaceListener(const asio::any_io_executor& executor, Handler handler)
    : watcher_{asio::use_service<InterfaceWatcher>(asio::query(executor, asio::execution::context))},
      id_{watcher_.join(executor, std::move(handler))} {}

InterfaceListener::~InterfaceListener() { watcher_.leave(id_); }

}  // namespace sluice::net
