#pragma once
// Dispatcher: calls the on_ handlers of one connection, in the order of their events, one after another.
//
// A stream with a listener announces each event; a turn, posted by the owner, delivers a batch of them. Handlers are
// called from turns only, so user code never runs inside ours. Confined to the strand, except silence() and silenced().
#include <algorithm>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <utility>

#include "api/fifo.hpp"

namespace sluice::api {

class EventSource {
 public:
  /// Calls the listener with the oldest event, if there are both.
  virtual void deliver() = 0;

 protected:
  ~EventSource() = default;
};

class Dispatcher {
 public:
  static constexpr int batch = 64;  // handlers per turn; then other work of the strand gets its chance

  /// `wake` posts a call of run() to the strand. It must not call it.
  Dispatcher(boost::asio::any_io_executor strand, std::function<void()> wake)
      : strand_{std::move(strand)}, wake_{std::move(wake)} {}

  const boost::asio::any_io_executor& strand() const noexcept { return strand_; }

  std::uint64_t next_number() noexcept { return ++last_number_; }

  /// The event of this number may be delivered.
  void announce(EventSource& source, std::uint64_t number) {
    sorted_ = sorted_ && (tokens_.empty() || last_announced_ <= number);
    last_announced_ = number;
    tokens_.push({number, &source});
    wake();
  }

  /// Before the source is destroyed.
  void forget(const EventSource& source) {
    for (auto& token : tokens_) {
      if (token.source == &source) token.source = nullptr;
    }
  }

  void run() {
    const Turn turn{*this};
    for (int i = 0; i != batch && !tokens_.empty() && !ends_; ++i) {
      if (!std::exchange(sorted_, true)) std::ranges::stable_sort(tokens_, {}, &Token::number);
      const auto token = tokens_.pop();
      if (token.source) token.source->deliver();
    }
  }

  /// From inside deliver(): what comes next is for another turn, so that what has been posted meanwhile goes first.
  void end_turn() noexcept { ends_ = true; }

  /// Bytes of all events that wait for their consumers.
  std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }
  void count_waiting(std::size_t bytes) noexcept { waiting_bytes_ += bytes; }
  void count_consumed(std::size_t bytes) noexcept { waiting_bytes_ -= bytes; }

  bool running() const noexcept { return running_; }

  /// No handler starts after this. Any thread.
  void silence() noexcept { silenced_.store(true, std::memory_order_relaxed); }
  bool silenced() const noexcept { return silenced_.load(std::memory_order_relaxed); }

 private:
  struct Token {
    std::uint64_t number;
    EventSource* source;
  };

  // Ends a turn also when a handler throws.
  struct Turn {
    explicit Turn(Dispatcher& owner) noexcept : dispatcher{owner} { dispatcher.running_ = true; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      dispatcher.running_ = false;
      dispatcher.awake_ = false;
      dispatcher.ends_ = false;
      if (!dispatcher.tokens_.empty()) dispatcher.wake();
    }
    Dispatcher& dispatcher;
  };

  void wake() {
    if (!std::exchange(awake_, true)) wake_();
  }

  boost::asio::any_io_executor strand_;
  std::function<void()> wake_;
  Fifo<Token> tokens_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t last_number_ = 0;
  std::uint64_t last_announced_ = 0;
  bool sorted_ = true;  // late listeners announce events of before
  bool awake_ = false;
  bool running_ = false;
  bool ends_ = false;
  std::atomic<bool> silenced_ = false;
};

}  // namespace sluice::api
