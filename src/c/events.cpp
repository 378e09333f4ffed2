// The events of a connection, to handlers and to operations.
#include "sluice/c/events.h"

#include "c/handle.hpp"

namespace sluice::c {
namespace {

// A new handle for a channel of this connection; NULL when memory is short.
sluice_data_channel* handle_of(const HomeReference& home, const DataChannel& channel) noexcept {
  return guarded_or(&channel, static_cast<sluice_data_channel*>(nullptr), [&](const DataChannel& value) {
    return new sluice_data_channel{home.lock(), value};
  });
}

template <class Held, class Value, class Deliver>
void with_view(Value value, Deliver deliver) {
  const Held held{std::move(value)};
  const auto view = held.view();
  deliver(&view);
}

// `begin(value, completion)` starts an operation whose completion calls `deliver(error, event...)`.
template <class Done, class Begin, class Deliver>
sluice_error next(sluice_peer_connection* connection, Done* done, Begin begin, Deliver deliver) noexcept {
  return guarded([&] {
    auto& handle = require(connection);
    require(done != nullptr);  // the event would be lost
    begin(handle.value, completion(handle, deliver));
  });
}

template <class State, class CState, class Begin>
sluice_error next_state(sluice_peer_connection* connection, void (*done)(void*, sluice_error, CState), void* user,
                        Begin begin) noexcept {
  return next(connection, done, begin,
              [done, user](error_code error, State state) { done(user, to_c(error), static_cast<CState>(state)); });
}

}  // namespace
}  // namespace sluice::c

using namespace sluice::c;
using sluice::error_code;

sluice_error sluice_peer_connection_on_negotiation_needed(sluice_peer_connection* connection, sluice_handler handler,
                                                          void* user) {
  return listen<>(
      connection, handler, [](auto& value, auto l) { value.on_negotiation_needed(std::move(l)); },
      [handler, user] { handler(user); });
}

sluice_error sluice_peer_connection_on_ice_candidate(sluice_peer_connection* connection,
                                                     sluice_ice_candidate_handler handler, void* user) {
  return listen<std::optional<sluice::IceCandidate>>(
      connection, handler, [](auto& value, auto l) { value.on_ice_candidate(std::move(l)); },
      [handler, user](std::optional<sluice::IceCandidate> candidate) {
        if (!candidate) return handler(user, nullptr);
        with_view<HeldCandidate>(*std::move(candidate), [&](const auto* view) { handler(user, view); });
      });
}

sluice_error sluice_peer_connection_on_ice_candidate_error(sluice_peer_connection* connection,
                                                           sluice_ice_candidate_error_handler handler, void* user) {
  return listen<sluice::IceCandidateError>(
      connection, handler, [](auto& value, auto l) { value.on_ice_candidate_error(std::move(l)); },
      [handler, user](sluice::IceCandidateError failure) {
        with_view<HeldCandidateError>(std::move(failure), [&](const auto* view) { handler(user, view); });
      });
}

sluice_error sluice_peer_connection_on_signaling_state_change(sluice_peer_connection* connection,
                                                              sluice_signaling_state_handler handler, void* user) {
  return on_state<sluice::SignalingState>(connection, handler, user,
                                          [](auto& value, auto l) { value.on_signaling_state_change(std::move(l)); });
}

sluice_error sluice_peer_connection_on_ice_gathering_state_change(sluice_peer_connection* connection,
                                                                  sluice_ice_gathering_state_handler handler,
                                                                  void* user) {
  return on_state<sluice::IceGatheringState>(
      connection, handler, user, [](auto& value, auto l) { value.on_ice_gathering_state_change(std::move(l)); });
}

sluice_error sluice_peer_connection_on_ice_connection_state_change(sluice_peer_connection* connection,
                                                                   sluice_ice_connection_state_handler handler,
                                                                   void* user) {
  return on_state<sluice::IceConnectionState>(
      connection, handler, user, [](auto& value, auto l) { value.on_ice_connection_state_change(std::move(l)); });
}

sluice_error sluice_peer_connection_on_connection_state_change(sluice_peer_connection* connection,
                                                               sluice_connection_state_handler handler, void* user) {
  return on_state<sluice::ConnectionState>(connection, handler, user,
                                           [](auto& value, auto l) { value.on_connection_state_change(std::move(l)); });
}

sluice_error sluice_peer_connection_on_data_channel(sluice_peer_connection* connection,
                                                    sluice_data_channel_handler handler, void* user) {
  return guarded([&] {
    const HomeReference home{require(connection).home};
    return listen<sluice::DataChannel>(
        connection, handler, [](auto& value, auto l) { value.on_data_channel(std::move(l)); },
        [handler, user, home](const sluice::DataChannel& channel) { handler(user, handle_of(home, channel)); });
  });
}

sluice_error sluice_peer_connection_next_negotiation_needed(sluice_peer_connection* connection, sluice_done done,
                                                            void* user) {
  return next(
      connection, done, [](auto& value, auto token) { value.async_next_negotiation_needed(std::move(token)); },
      [done, user](error_code error) { done(user, to_c(error)); });
}

sluice_error sluice_peer_connection_next_ice_candidate(sluice_peer_connection* connection,
                                                       sluice_ice_candidate_done done, void* user) {
  return next(
      connection, done, [](auto& value, auto token) { value.async_next_ice_candidate(std::move(token)); },
      [done, user](error_code error, std::optional<sluice::IceCandidate> candidate) {
        if (error || !candidate) return done(user, to_c(error), nullptr);
        with_view<HeldCandidate>(*std::move(candidate), [&](const auto* view) { done(user, SLUICE_OK, view); });
      });
}

sluice_error sluice_peer_connection_next_ice_candidate_error(sluice_peer_connection* connection,
                                                             sluice_ice_candidate_error_done done, void* user) {
  return next(
      connection, done, [](auto& value, auto token) { value.async_next_ice_candidate_error(std::move(token)); },
      [done, user](error_code error, sluice::IceCandidateError failure) {
        if (error) return done(user, to_c(error), nullptr);
        with_view<HeldCandidateError>(std::move(failure), [&](const auto* view) { done(user, SLUICE_OK, view); });
      });
}

sluice_error sluice_peer_connection_next_signaling_state(sluice_peer_connection* connection,
                                                         sluice_signaling_state_done done, void* user) {
  return next_state<sluice::SignalingState>(
      connection, done, user, [](auto& value, auto token) { value.async_next_signaling_state(std::move(token)); });
}

sluice_error sluice_peer_connection_next_ice_gathering_state(sluice_peer_connection* connection,
                                                             sluice_ice_gathering_state_done done, void* user) {
  return next_state<sluice::IceGatheringState>(
      connection, done, user, [](auto& value, auto token) { value.async_next_ice_gathering_state(std::move(token)); });
}

sluice_error sluice_peer_connection_next_ice_connection_state(sluice_peer_connection* connection,
                                                              sluice_ice_connection_state_done done, void* user) {
  return next_state<sluice::IceConnectionState>(
      connection, done, user, [](auto& value, auto token) { value.async_next_ice_connection_state(std::move(token)); });
}

sluice_error sluice_peer_connection_next_connection_state(sluice_peer_connection* connection,
                                                          sluice_connection_state_done done, void* user) {
  return next_state<sluice::ConnectionState>(
      connection, done, user, [](auto& value, auto token) { value.async_next_connection_state(std::move(token)); });
}

sluice_error sluice_peer_connection_accept_data_channel(sluice_peer_connection* connection,
                                                        sluice_data_channel_done done, void* user) {
  return guarded([&] {
    const HomeReference home{require(connection).home};
    return next(
        connection, done, [](auto& value, auto token) { value.async_accept_data_channel(std::move(token)); },
        [done, user, home](error_code failure, const sluice::DataChannel& channel) {
          done(user, to_c(failure), failure ? nullptr : handle_of(home, channel));
        });
  });
}
