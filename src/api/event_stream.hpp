#pragma once
// EventStream: a sequence of events with exactly one consumer, either a listener (push) or async_next (pull).
//
// Events wait until somebody consumes them, so none is lost between an event and the registration of its handler; a
// waiting operation wins over the listener. Confined to one strand. Nobody is ever called from inside push().
#include <array>
#include <memory>
#include <tuple>

#include "api/dispatcher.hpp"
#include "api/operation.hpp"
#include "sluice/message.hpp"

namespace sluice::api {

// What an event counts against a limit in bytes.
template <class... Args>
std::size_t weight(const Args&...) noexcept {
  return 0;
}
inline std::size_t weight(const Message& message) noexcept { return message.size(); }

// Who keep streams and their dispatcher alive while a handler runs on another executor.
struct Owners {
  std::weak_ptr<void> streams{};
  std::weak_ptr<void> dispatcher{};
};

template <class... Args>
class EventStream final : public EventSource {
 public:
  /// Of more than `limit` waiting events the oldest are dropped.
  EventStream(Dispatcher& dispatcher, std::size_t limit) : dispatcher_{&dispatcher}, limit_{limit} {}

  /// They stay as long as the stream.
  void set_owners(const Owners& owners) noexcept { owners_ = &owners; }

  void push(Args... args) {
    if (closed_) return;
    if (waiting()) return std::exchange(waiter_, nullptr)->complete({}, std::move(args)...);
    if (queue_.size() == limit_) take();
    add_bytes(weight(args...));
    const auto number = dispatcher_->next_number();
    queue_.push({number, {std::move(args)...}});
    if (listening_ && !busy_) dispatcher_->announce(*this, number);
  }

  void listen(Listener<Args...> listener) {
    if (closed_ && queue_.empty()) return;
    listening_ = static_cast<bool>(listener);
    replaced_ = true;
    listener_ = listening_ ? std::make_unique<Listener<Args...>>(std::move(listener)) : nullptr;
    announce_all();
  }

  void async_next(std::shared_ptr<Operation<Args...>> operation) {
    if (waiting()) return operation->complete(Error::already_waiting, Args{}...);
    if (!queue_.empty()) return complete(*operation, {}, take());
    if (closed_) return operation->complete(Error::closed, Args{}...);
    waiter_ = std::move(operation);
  }

  /// Ends the sequence: events that wait are still delivered, after them every operation ends with Error::closed.
  void close() {
    if (std::exchange(closed_, true)) return;
    if (waiting()) waiter_->complete(Error::closed, Args{}...);
    waiter_ = nullptr;
    if (queue_.empty()) drop_listener();
  }

  void discard() {
    queue_.clear();
    remove_bytes(bytes_);
  }

  /// Destroys the handler, or if it is running, when it has returned.
  void drop_listener() {
    listening_ = false;
    replaced_ = true;
    listener_.reset();
  }

  /// With its dispatcher, which is about to go: nothing is called, nothing completes.
  void abandon() {
    drop_listener();
    closed_ = true;
    waiter_.reset();
  }

  std::size_t size() const noexcept { return queue_.size(); }
  bool listening() const noexcept { return listening_; }
  bool consumed() const noexcept { return listening_ || waiting(); }  // somebody waits for the next event
  std::size_t bytes() const noexcept { return bytes_; }
  bool deliverable() const noexcept { return busy_ || (listening_ && !queue_.empty()); }

  void deliver() override {
    if (!listening_ || busy_ || queue_.empty()) return;
    if (dispatcher_->silenced()) return drop_listener();
    auto args = take();
    if (listener_->executor()) {
      hand_over(std::move(args));
    } else {
      const Call call{*this};
      std::apply(*call.listener, std::move(args));
    }
    if (closed_ && queue_.empty() && !busy_) drop_listener();
  }

 private:
  struct Event {
    std::uint64_t number;
    std::tuple<Args...> args;
  };

  // The handler is moved out while it runs: it may replace or drop itself. Also when it throws.
  struct Call {
    explicit Call(EventStream& owner) : stream{owner}, listener{std::move(owner.listener_)} {
      stream.replaced_ = false;
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() {
      if (!stream.replaced_) stream.listener_ = std::move(listener);
    }
    EventStream& stream;
    std::unique_ptr<Listener<Args...>> listener;
  };

  bool waiting() const noexcept { return waiter_ && waiter_->pending(); }  // a cancelled one is not

  std::tuple<Args...> take() {
    auto args = queue_.pop().args;
    remove_bytes(std::apply([](const auto&... each) { return weight(each...); }, args));
    return args;
  }

  void add_bytes(std::size_t bytes) {
    bytes_ += bytes;
    dispatcher_->count_waiting(bytes);
  }
  void remove_bytes(std::size_t bytes) {
    bytes_ -= bytes;
    dispatcher_->count_consumed(bytes);
  }

  static void complete(Operation<Args...>& operation, error_code error, std::tuple<Args...> args) {
    std::apply([&](auto&... each) { operation.complete(error, std::move(each)...); }, args);
  }

  void announce_all() {
    if (!listening_ || busy_) return;
    for (const auto& event : queue_) dispatcher_->announce(*this, event.number);
  }

  // Runs the handler on its own executor; the next event waits until it has returned.
  void hand_over(std::tuple<Args...> args) {
    busy_ = true;
    Keep keep{owners_->streams.lock(), owners_->dispatcher.lock()};
    asio::post(listener_->executor(),
               [this, keep = std::move(keep), listener = *listener_, args = std::move(args)]() mutable {
                 const Return back{this, keep};
                 if (!dispatcher_->silenced()) std::apply(listener, std::move(args));
               });
  }

  using Keep = std::array<std::shared_ptr<void>, 2>;

  struct Return {  // also when the handler throws
    EventStream* stream;
    Keep keep;
    ~Return() {
      asio::post(stream->dispatcher_->strand(), [stream = stream, keep = keep] {
        stream->busy_ = false;
        stream->announce_all();
        if (stream->closed_ && stream->queue_.empty()) stream->drop_listener();
      });
    }
  };

  Dispatcher* dispatcher_;
  std::size_t limit_;
  const Owners* owners_ = nullptr;
  Fifo<Event> queue_;
  std::size_t bytes_ = 0;
  std::unique_ptr<Listener<Args...>> listener_{};  // most streams have none
  std::shared_ptr<Operation<Args...>> waiter_{};
  bool closed_ = false;
  bool listening_ = false;
  bool replaced_ = false;  // the listener, while it was running
  bool busy_ = false;      // the listener runs on its own executor
};

}  // namespace sluice::api
