#include "sluice/c/transports.h"

#include "c/handle.hpp"

namespace sluice::c {
namespace {

// The transport below.
template <class Below, class Object, class Get>
Below* below(const Object* handle, Get read_value) noexcept {
  return guarded_or(handle, static_cast<Below*>(nullptr), [&](const Object& object) {
    return new Below{object.home, read_value(object.value)};
  });
}

HeldCandidates held(std::vector<IceCandidate> candidates) {
  HeldCandidates result;
  for (auto& each : candidates) result.values.push_back({std::move(each)});
  return result;
}

HeldCandidatePair held(IceCandidatePair pair) { return {{std::move(pair.local)}, {std::move(pair.remote)}}; }

template <class Get>
sluice_ice_parameters* parameters(const sluice_ice_transport* transport, Get read_value) noexcept {
  return get(transport, static_cast<sluice_ice_parameters*>(nullptr), [&](const auto& value) {
    auto found = read_value(value);
    return found ? own(HeldParameters{*std::move(found)}) : nullptr;
  });
}

}  // namespace

sluice_ice_parameters HeldParameters::view() const noexcept {
  return {.size = sizeof(sluice_ice_parameters),
          .username_fragment = value.username_fragment.c_str(),
          .password = value.password.c_str()};
}

sluice_bytes_list HeldBytes::view() {
  views.clear();
  for (const auto& each : values) views.push_back({reinterpret_cast<const std::uint8_t*>(each.data()), each.size()});
  return {.size = sizeof(sluice_bytes_list), .count = views.size(), .items = views.data()};
}

}  // namespace sluice::c

using namespace sluice::c;

// ICE, W3C §5.6

sluice_ice_transport* sluice_ice_transport_copy(const sluice_ice_transport* transport) { return copy(transport); }
void sluice_ice_transport_free(sluice_ice_transport* transport) { delete transport; }
bool sluice_ice_transport_same(const sluice_ice_transport* a, const sluice_ice_transport* b) { return same(a, b); }

sluice_ice_role sluice_ice_transport_role(const sluice_ice_transport* transport) {
  return get(transport, SLUICE_ICE_ROLE_UNKNOWN,
             [](const auto& value) { return static_cast<sluice_ice_role>(value.role()); });
}

sluice_ice_transport_state sluice_ice_transport_get_state(const sluice_ice_transport* transport) {
  return get(transport, SLUICE_ICE_TRANSPORT_STATE_CLOSED,
             [](const auto& value) { return static_cast<sluice_ice_transport_state>(value.state()); });
}

sluice_ice_gathering_state sluice_ice_transport_gathering_state(const sluice_ice_transport* transport) {
  return get(transport, SLUICE_ICE_GATHERING_STATE_NEW,
             [](const auto& value) { return static_cast<sluice_ice_gathering_state>(value.gathering_state()); });
}

sluice_ice_candidate_list* sluice_ice_transport_local_candidates(const sluice_ice_transport* transport) {
  return get(transport, static_cast<sluice_ice_candidate_list*>(nullptr),
             [](const auto& value) { return own(held(value.local_candidates())); });
}

sluice_ice_candidate_list* sluice_ice_transport_remote_candidates(const sluice_ice_transport* transport) {
  return get(transport, static_cast<sluice_ice_candidate_list*>(nullptr),
             [](const auto& value) { return own(held(value.remote_candidates())); });
}

sluice_ice_candidate_pair* sluice_ice_transport_selected_candidate_pair(const sluice_ice_transport* transport) {
  return get(transport, static_cast<sluice_ice_candidate_pair*>(nullptr), [](const auto& value) {
    auto pair = value.selected_candidate_pair();
    return pair ? own(held(*std::move(pair))) : nullptr;
  });
}

sluice_ice_parameters* sluice_ice_transport_local_parameters(const sluice_ice_transport* transport) {
  return parameters(transport, [](const auto& value) { return value.local_parameters(); });
}

sluice_ice_parameters* sluice_ice_transport_remote_parameters(const sluice_ice_transport* transport) {
  return parameters(transport, [](const auto& value) { return value.remote_parameters(); });
}

sluice_error sluice_ice_transport_on_state_change(const sluice_ice_transport* transport,
                                                  sluice_ice_transport_state_handler handler, void* user) {
  return on_state<sluice::IceTransportState>(transport, handler, user,
                                             [](const auto& value, auto l) { value.on_state_change(std::move(l)); });
}

sluice_error sluice_ice_transport_on_gathering_state_change(const sluice_ice_transport* transport,
                                                            sluice_ice_gathering_state_handler handler, void* user) {
  return on_state<sluice::IceGatheringState>(
      transport, handler, user, [](const auto& value, auto l) { value.on_gathering_state_change(std::move(l)); });
}

sluice_error sluice_ice_transport_on_selected_candidate_pair_change(const sluice_ice_transport* transport,
                                                                    sluice_ice_candidate_pair_handler handler,
                                                                    void* user) {
  return listen<std::optional<sluice::IceCandidatePair>>(
      transport, handler, [](const auto& value, auto l) { value.on_selected_candidate_pair_change(std::move(l)); },
      [handler, user](std::optional<sluice::IceCandidatePair> pair) {
        if (!pair) return handler(user, nullptr);
        auto kept = held(*std::move(pair));
        const auto view = kept.view();
        handler(user, &view);
      });
}

// DTLS, W3C §5.5

sluice_dtls_transport* sluice_dtls_transport_copy(const sluice_dtls_transport* transport) { return copy(transport); }
void sluice_dtls_transport_free(sluice_dtls_transport* transport) { delete transport; }
bool sluice_dtls_transport_same(const sluice_dtls_transport* a, const sluice_dtls_transport* b) { return same(a, b); }

sluice_ice_transport* sluice_dtls_transport_ice_transport(const sluice_dtls_transport* transport) {
  return below<sluice_ice_transport>(transport, [](const auto& value) { return value.ice_transport(); });
}

sluice_dtls_transport_state sluice_dtls_transport_get_state(const sluice_dtls_transport* transport) {
  return get(transport, SLUICE_DTLS_TRANSPORT_STATE_CLOSED,
             [](const auto& value) { return static_cast<sluice_dtls_transport_state>(value.state()); });
}

sluice_bytes_list* sluice_dtls_transport_remote_certificates(const sluice_dtls_transport* transport) {
  return get(transport, static_cast<sluice_bytes_list*>(nullptr),
             [](const auto& value) { return own(HeldBytes{value.remote_certificates()}); });
}

sluice_error sluice_dtls_transport_on_state_change(const sluice_dtls_transport* transport,
                                                   sluice_dtls_transport_state_handler handler, void* user) {
  return on_state<sluice::DtlsTransportState>(transport, handler, user,
                                              [](const auto& value, auto l) { value.on_state_change(std::move(l)); });
}

sluice_error sluice_dtls_transport_on_error(const sluice_dtls_transport* transport, sluice_error_handler handler,
                                            void* user) {
  return on_error(transport, handler, user, [](const auto& value, auto l) { value.on_error(std::move(l)); });
}

// SCTP, W3C §6.1

sluice_sctp_transport* sluice_sctp_transport_copy(const sluice_sctp_transport* transport) { return copy(transport); }
void sluice_sctp_transport_free(sluice_sctp_transport* transport) { delete transport; }
bool sluice_sctp_transport_same(const sluice_sctp_transport* a, const sluice_sctp_transport* b) { return same(a, b); }

sluice_dtls_transport* sluice_sctp_transport_transport(const sluice_sctp_transport* transport) {
  return below<sluice_dtls_transport>(transport, [](const auto& value) { return value.transport(); });
}

sluice_sctp_transport_state sluice_sctp_transport_get_state(const sluice_sctp_transport* transport) {
  return get(transport, SLUICE_SCTP_TRANSPORT_STATE_CLOSED,
             [](const auto& value) { return static_cast<sluice_sctp_transport_state>(value.state()); });
}

uint64_t sluice_sctp_transport_max_message_size(const sluice_sctp_transport* transport) {
  return get(transport, uint64_t{0}, [](const auto& value) { return value.max_message_size(); });
}

int32_t sluice_sctp_transport_max_channels(const sluice_sctp_transport* transport) {
  return get(transport, int32_t{-1}, [](const auto& value) { return optional_number(value.max_channels()); });
}

sluice_error sluice_sctp_transport_on_state_change(const sluice_sctp_transport* transport,
                                                   sluice_sctp_transport_state_handler handler, void* user) {
  return on_state<sluice::SctpTransportState>(transport, handler, user,
                                              [](const auto& value, auto l) { value.on_state_change(std::move(l)); });
}
