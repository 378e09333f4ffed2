#pragma once
// Pair: two connections of one process, their signaling carried by hand.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "sluice/sluice.hpp"
#include "support/catch.hpp"

namespace sluice::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

inline constexpr auto patience = 30s;  // of a test, for what takes milliseconds

/// Answers offers and passes candidates on, in both directions, by callbacks. The connections must outlive it.
inline void signal(PeerConnection& from, PeerConnection& to) {
  from.on_ice_candidate([&to](std::optional<IceCandidate> candidate) {
    if (candidate) to.async_add_ice_candidate(std::move(*candidate), [](error_code) {});
  });
  from.on_negotiation_needed([&from, &to] {
    from.async_set_local_description([&from, &to](error_code error) {
      if (error) return;
      to.async_set_remote_description(*from.local_description(), [&from, &to](error_code remote_error) {
        if (remote_error) return;
        to.async_set_local_description([&from, &to](error_code local_error) {
          if (local_error) return;
          from.async_set_remote_description(*to.local_description(), [](error_code) {});
        });
      });
    });
  });
}

struct Pair {
  explicit Pair(asio::any_io_executor executor, Configuration configuration = {})
      : a{executor, configuration}, b{executor, configuration} {
    signal(a, b);
    signal(b, a);
  }

  PeerConnection a;
  PeerConnection b;
};

/// Runs until `done`, or fails after the patience is over.
template <class Done>
bool run_until(asio::io_context& io, Done done) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  io.restart();
  while (!done() && std::chrono::steady_clock::now() < deadline) io.run_one_for(100ms);
  return done();
}

}  // namespace sluice::test
