#pragma once
// The bridge from completion tokens and callables to compiled code. Everything behind it lives in .cpp files.
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include "sluice/error.hpp"

namespace sluice {

namespace asio = boost::asio;

/// A completion token for this signature: a callable, asio::deferred, use_awaitable, use_future, as_tuple(...), ...
template <class Token, class Signature>
concept TokenFor = asio::completion_token_for<Token, Signature>;

namespace detail {

template <class... Results>
using Handler = asio::any_completion_handler<void(error_code, Results...)>;

/// Erases the handler. `start` owns all it needs, because a deferred operation may start much later.
template <class... Results, class Start, class Token>
auto initiate(Start start, Token&& token) {
  return asio::async_initiate<Token, void(error_code, Results...)>(
      [start = std::move(start)](auto handler) mutable { start(Handler<Results...>{std::move(handler)}); }, token);
}

}  // namespace detail

/// What the on_ functions take: any copyable callable, with the executor that asio::bind_executor gave it (otherwise
/// it runs on the connection's strand); nullptr takes the registration back.
template <class... Args>
class Listener {
 public:
  Listener() = default;
  Listener(std::nullptr_t) noexcept {}
  template <class Function>
  requires(!std::same_as<std::remove_cvref_t<Function>, Listener> && std::invocable<Function&, Args...>)
      Listener(Function function)
      : executor_{asio::get_associated_executor(function, asio::any_io_executor{})}, function_{std::move(function)} {}

  explicit operator bool() const noexcept { return static_cast<bool>(function_); }
  /// Empty: the connection's strand.
  const asio::any_io_executor& executor() const noexcept { return executor_; }
  void operator()(Args... args) const { function_(std::move(args)...); }

 private:
  asio::any_io_executor executor_{};
  std::function<void(Args...)> function_{};
};

}  // namespace sluice
