#pragma once
// Operation: one pending asynchronous call.
//
// It is created inside the initiating function, on the caller's thread, because only there may the handler's
// cancellation slot be touched. It completes on the strand, exactly once; a second complete() (a cancellation that
// lost the race) does nothing. The handler always runs as if by post.
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <memory>
#include <vector>

#include "sluice/detail/async.hpp"

namespace sluice::api {

template <class... Results>
class Operation {
 public:
  using Handler = detail::Handler<Results...>;

  static std::shared_ptr<Operation> start(const asio::any_io_executor& strand, Handler handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto operation = std::make_shared<Operation>(strand, std::move(handler));
    if (slot.is_connected()) {
      slot.assign([weak = std::weak_ptr{operation}, strand](asio::cancellation_type) {
        asio::post(strand, [weak] {
          if (auto self = weak.lock()) self->complete(asio::error::operation_aborted, Results{}...);
        });
      });
    }
    return operation;
  }

  Operation(const asio::any_io_executor& strand, Handler handler)
      : strand_{strand}, handler_{std::move(handler)}, work_{asio::get_associated_executor(handler_, strand)} {}

  bool pending() const noexcept { return static_cast<bool>(handler_); }

  void complete(error_code error, Results... results) {
    if (!pending()) return;
    Handler handler;
    handler.swap(handler_);  // not operator=: it recurses without end in Boost 1.81
    asio::post(strand_, asio::append(std::move(handler), error, std::move(results)...));
    work_.reset();
  }

 private:
  using Executor = asio::associated_executor_t<Handler, asio::any_io_executor>;

  asio::any_io_executor strand_;
  Handler handler_;
  asio::executor_work_guard<Executor> work_;  // keeps the handler's context running meanwhile
};

/// Calls that wait for the same fact.
class Waiters {
 public:
  void add(std::shared_ptr<Operation<>> operation) {
    std::erase_if(waiting_, [](const auto& each) { return !each->pending(); });  // cancelled ones
    waiting_.push_back(std::move(operation));
  }
  void complete(error_code error) {
    for (auto& operation : std::exchange(waiting_, {})) operation->complete(error);
  }
  /// Their context is about to go.
  void abandon() noexcept { waiting_.clear(); }

 private:
  std::vector<std::shared_ptr<Operation<>>> waiting_;
};

/// Completes a handler whose connection or channel does not exist, on the executor it asks for.
template <class... Results>
void complete_detached(detail::Handler<Results...> handler, error_code error) {
  asio::post(asio::system_executor{}, asio::append(std::move(handler), error, Results{}...));
}

}  // namespace sluice::api
