// The connection: its life, getters and operations.
#include "sluice/c/peer_connection.h"

#include "c/handle.hpp"

namespace sluice::c {

void set_defaults(sluice_offer_options&) noexcept {}

namespace {

template <class Get>
sluice_session_description* description(const sluice_peer_connection* connection, Get read_value) noexcept {
  return get(connection, static_cast<sluice_session_description*>(nullptr), [&](const auto& value) {
    auto found = (value.*read_value)();
    return found ? own(HeldDescription{*std::move(found)}) : nullptr;
  });
}

// An operation that ends with `done(user, error)`.
template <class Start>
sluice_error start(sluice_peer_connection* connection, sluice_done done, void* user, Start begin) noexcept {
  return guarded([&] {
    auto& handle = require(connection);
    begin(handle.value, completion(handle, done, user));
  });
}

auto completion_of(const sluice_peer_connection& handle, sluice_description_done done, void* user) {
  return completion(handle, [done, user](error_code error, SessionDescription made) {
    if (!done) return;
    if (error) return done(user, to_c(error), nullptr);
    const HeldDescription held{std::move(made)};
    const auto view = held.view();
    done(user, SLUICE_OK, &view);
  });
}

DataChannelInit to_cpp(const sluice_data_channel_options& given) {
  const auto options = read(given);
  const auto life_time = optional_number(options.max_packet_life_time);
  return {.ordered = options.ordered,
          .max_packet_life_time = life_time ? std::optional{std::chrono::milliseconds{*life_time}} : std::nullopt,
          .max_retransmits = optional_number(options.max_retransmits),
          .protocol = text(options.protocol),
          .negotiated = options.negotiated,
          .id = optional_number(options.id)};
}

}  // namespace
}  // namespace sluice::c

using namespace sluice::c;
using sluice::PeerConnection;

sluice_error sluice_peer_connection_new(sluice_loop* loop, const sluice_configuration* configuration,
                                        sluice_peer_connection** connection) {
  if (connection) *connection = nullptr;
  return guarded([&] {
    auto& result = require(connection);
    auto shared = require(loop).shared;
    auto given = configuration ? to_cpp(*configuration) : sluice::Configuration{};
    auto alive = std::make_shared<const bool>(true);
    if (auto* key_log = given.key_log.target<KeyLog>()) key_log->connection = alive;
    auto made = require(PeerConnection::create(shared->context().get_executor(), std::move(given)));
    result = new sluice_peer_connection{std::move(shared), std::move(made), std::move(alive)};
  });
}

void sluice_peer_connection_free(sluice_peer_connection* connection) { delete connection; }

void sluice_peer_connection_close(sluice_peer_connection* connection) {
  guarded([&] { require(connection).value.close(); });
}

sluice_error sluice_peer_connection_close_async(sluice_peer_connection* connection, sluice_done done, void* user) {
  return start(connection, done, user, [](auto& value, auto token) { value.async_close(std::move(token)); });
}

sluice_session_description* sluice_peer_connection_local_description(const sluice_peer_connection* connection) {
  return description(connection, &PeerConnection::local_description);
}

sluice_session_description* sluice_peer_connection_current_local_description(const sluice_peer_connection* connection) {
  return description(connection, &PeerConnection::current_local_description);
}

sluice_session_description* sluice_peer_connection_pending_local_description(const sluice_peer_connection* connection) {
  return description(connection, &PeerConnection::pending_local_description);
}

sluice_session_description* sluice_peer_connection_remote_description(const sluice_peer_connection* connection) {
  return description(connection, &PeerConnection::remote_description);
}

sluice_session_description* sluice_peer_connection_current_remote_description(
    const sluice_peer_connection* connection) {
  return description(connection, &PeerConnection::current_remote_description);
}

sluice_session_description* sluice_peer_connection_pending_remote_description(
    const sluice_peer_connection* connection) {
  return description(connection, &PeerConnection::pending_remote_description);
}

sluice_signaling_state sluice_peer_connection_signaling_state(const sluice_peer_connection* connection) {
  return get(connection, SLUICE_SIGNALING_STATE_CLOSED,
             [](const auto& value) { return static_cast<sluice_signaling_state>(value.signaling_state()); });
}

sluice_ice_gathering_state sluice_peer_connection_ice_gathering_state(const sluice_peer_connection* connection) {
  return get(connection, SLUICE_ICE_GATHERING_STATE_NEW,
             [](const auto& value) { return static_cast<sluice_ice_gathering_state>(value.ice_gathering_state()); });
}

sluice_ice_connection_state sluice_peer_connection_ice_connection_state(const sluice_peer_connection* connection) {
  return get(connection, SLUICE_ICE_CONNECTION_STATE_CLOSED,
             [](const auto& value) { return static_cast<sluice_ice_connection_state>(value.ice_connection_state()); });
}

sluice_connection_state sluice_peer_connection_connection_state(const sluice_peer_connection* connection) {
  return get(connection, SLUICE_CONNECTION_STATE_CLOSED,
             [](const auto& value) { return static_cast<sluice_connection_state>(value.connection_state()); });
}

int sluice_peer_connection_can_trickle_ice_candidates(const sluice_peer_connection* connection) {
  return get(connection, -1, [](const auto& value) {
    const auto can = value.can_trickle_ice_candidates();
    return can ? int{*can} : -1;
  });
}

sluice_sctp_transport* sluice_peer_connection_sctp(const sluice_peer_connection* connection) {
  return guarded_or(connection, static_cast<sluice_sctp_transport*>(nullptr), [](const auto& handle) {
    auto sctp = handle.value.sctp();
    return sctp ? new sluice_sctp_transport{handle.home, *std::move(sctp)} : nullptr;
  });
}

sluice_rtc_error* sluice_peer_connection_last_error(const sluice_peer_connection* connection) {
  return get(connection, static_cast<sluice_rtc_error*>(nullptr), [](const auto& value) {
    auto error = value.last_error();
    return error.code ? own(HeldRtcError{std::move(error)}) : nullptr;
  });
}

sluice_configuration* sluice_peer_connection_get_configuration(const sluice_peer_connection* connection) {
  return get(connection, static_cast<sluice_configuration*>(nullptr),
             [](const auto& value) { return own(HeldConfiguration{value.get_configuration()}); });
}

sluice_error sluice_peer_connection_set_configuration(sluice_peer_connection* connection,
                                                      const sluice_configuration* configuration) {
  return guarded([&] {
    auto& value = require(connection).value;
    sluice::error_code error;
    value.set_configuration(configuration ? to_cpp(*configuration) : sluice::Configuration{}, error);
    return error;
  });
}

sluice_error sluice_peer_connection_restart_ice(sluice_peer_connection* connection) {
  return guarded([&] { require(connection).value.restart_ice(); });
}

sluice_error sluice_peer_connection_create_data_channel(sluice_peer_connection* connection, const char* label,
                                                        const sluice_data_channel_options* options,
                                                        sluice_data_channel** channel) {
  if (channel) *channel = nullptr;
  return guarded([&] {
    auto& result = require(channel);
    auto& handle = require(connection);
    auto made =
        handle.value.create_data_channel(&require(label), options ? to_cpp(*options) : sluice::DataChannelInit{});
    result = new sluice_data_channel{handle.home, std::move(made)};
  });
}

void sluice_offer_options_init(sluice_offer_options* options, size_t size) { initialise(options, size); }

sluice_error sluice_peer_connection_create_offer(sluice_peer_connection* connection,
                                                 const sluice_offer_options* options, sluice_description_done done,
                                                 void* user) {
  return guarded([&] {
    auto& handle = require(connection);
    const auto restart = options && read(*options).ice_restart;
    handle.value.async_create_offer(sluice::OfferOptions{.ice_restart = restart}, completion_of(handle, done, user));
  });
}

sluice_error sluice_peer_connection_create_answer(sluice_peer_connection* connection, sluice_description_done done,
                                                  void* user) {
  return guarded([&] {
    auto& handle = require(connection);
    handle.value.async_create_answer(completion_of(handle, done, user));
  });
}

sluice_error sluice_peer_connection_set_local_description(sluice_peer_connection* connection,
                                                          const sluice_session_description* description,
                                                          sluice_done done, void* user) {
  return start(connection, done, user, [&](auto& value, auto token) {
    if (!description) return value.async_set_local_description(std::move(token));
    value.async_set_local_description(to_cpp(*description), std::move(token));
  });
}

sluice_error sluice_peer_connection_set_remote_description(sluice_peer_connection* connection,
                                                           const sluice_session_description* description,
                                                           sluice_done done, void* user) {
  return start(connection, done, user, [&](auto& value, auto token) {
    value.async_set_remote_description(to_cpp(require(description)), std::move(token));
  });
}

sluice_error sluice_peer_connection_add_ice_candidate(sluice_peer_connection* connection,
                                                      const sluice_ice_candidate* candidate, sluice_done done,
                                                      void* user) {
  return start(connection, done, user, [&](auto& value, auto token) {
    value.async_add_ice_candidate(candidate ? to_cpp(*candidate) : sluice::IceCandidate{}, std::move(token));
  });
}

sluice_error sluice_peer_connection_wait_connected(sluice_peer_connection* connection, sluice_done done, void* user) {
  return start(connection, done, user, [](auto& value, auto token) { value.async_wait_connected(std::move(token)); });
}

sluice_error sluice_peer_connection_get_stats(sluice_peer_connection* connection, sluice_stats_done done, void* user) {
  return guarded([&] {
    auto& handle = require(connection);
    require(done != nullptr);
    handle.value.async_get_stats(completion(handle, [done, user](sluice::error_code error, sluice::StatsReport report) {
      if (error) return done(user, to_c(error), nullptr);
      HeldStats held{std::move(report)};
      const auto view = held.view();
      done(user, SLUICE_OK, &view);
    }));
  });
}

sluice_error sluice_peer_connection_get_stats_json(sluice_peer_connection* connection, sluice_stats_json_done done,
                                                   void* user) {
  return guarded([&] {
    auto& handle = require(connection);
    require(done != nullptr);
    handle.value.async_get_stats(completion(handle, [done, user](sluice::error_code error, const auto& report) {
      if (error) return done(user, to_c(error), nullptr);
      done(user, SLUICE_OK, sluice::to_json(report).c_str());
    }));
  });
}
