#pragma once
// Session: two connections of one process over loopback sockets, and what has happened to each.
//
// Descriptions are carried by hand and without trickling: a description is handed over when its gathering is complete.
// So nothing but the network itself decides when things happen.
#include "integration/pair.hpp"
#include "support/catch.hpp"
#include "w3c/recorder.hpp"

namespace sluice::test {

/// Starts the operation and runs until it has completed.
template <class Operation>
error_code settle(asio::io_context& io, Operation operation) {
  std::optional<error_code> result;
  std::move(operation)([&](error_code error, auto&&...) { result = error; });
  REQUIRE(run_until(io, [&] { return result.has_value(); }));
  return *result;
}

/// Likewise, and gives what the operation makes. It has to succeed.
template <class T, class Operation>
T result_of(asio::io_context& io, Operation operation) {
  std::optional<error_code> result;
  T made{};
  std::move(operation)([&](error_code error, T value) {
    result = error;
    made = std::move(value);
  });
  REQUIRE(run_until(io, [&] { return result.has_value(); }));
  REQUIRE_FALSE(*result);
  return made;
}

/// Everything that is ready runs; nothing that has to come from the network is awaited.
inline void run_ready(asio::io_context& io) {
  io.restart();
  while (io.poll() != 0) {
  }
}

/// On the strand, as a handler would.
template <class Function>
void run_on(asio::io_context& io, PeerConnection& pc, Function function) {
  bool done = false;
  asio::post(pc.get_executor(), [&] {
    function();
    done = true;
  });
  REQUIRE(run_until(io, [&] { return done; }));
}

/// One body, two drivers: the test case runs once with each.
inline Style either_style() { return GENERATE(Style::callbacks, Style::coroutines); }

struct Session {
  explicit Session(Style style = either_style(), Configuration of_a = {}, Configuration of_b = {})
      : a{io, std::move(of_a)}, b{io, std::move(of_b)}, at_a{a, style}, at_b{b, style} {}

  template <class Done>
  void until(Done done) {
    REQUIRE(run_until(io, std::move(done)));
  }

  /// The local description that the state calls for, with all candidates.
  SessionDescription local(PeerConnection& pc) {
    REQUIRE_FALSE(settle(io, pc.async_set_local_description()));
    until([&] { return pc.ice_gathering_state() != IceGatheringState::gathering; });
    return *pc.local_description();
  }
  void remote(PeerConnection& pc, const SessionDescription& description) {
    REQUIRE_FALSE(settle(io, pc.async_set_remote_description(description)));
  }
  /// One round of offer and answer.
  void negotiate(PeerConnection& offerer, PeerConnection& answerer) {
    remote(answerer, local(offerer));
    remote(offerer, local(answerer));
  }
  /// A round that `a` begins, with a channel of that label, until both are connected and the channel is open.
  DataChannel connect(std::string label = "chat", DataChannelInit init = {}) {
    auto channel = a.create_data_channel(std::move(label), std::move(init));
    at_a.watch(channel);
    negotiate(a, b);
    until([&] {
      return a.connection_state() == ConnectionState::connected && b.connection_state() == ConnectionState::connected &&
             channel.state() == DataChannelState::open && (channel.negotiated() || !at_b.channels().empty());
    });
    return channel;
  }

  asio::io_context io{};
  PeerConnection a, b;
  Recorder at_a, at_b;
};

/// The value of the first line "a=name:value".
inline std::string attribute(const SessionDescription& description, std::string_view name) {
  const auto prefix = "\r\na=" + std::string{name} + ":";
  const auto found = description.sdp.find(prefix);
  if (found == std::string::npos) return {};
  const auto begin = found + prefix.size();
  return description.sdp.substr(begin, description.sdp.find("\r\n", begin) - begin);
}

inline bool contains(const SessionDescription& description, std::string_view text) {
  return description.sdp.find(text) != std::string::npos;
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto found = text.find(from);
  REQUIRE(found != std::string::npos);
  return text.replace(found, from.size(), to);
}

}  // namespace sluice::test
