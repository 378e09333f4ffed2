#include "c/udp_mux.hpp"

namespace sluice::c {

void set_defaults(sluice_udp_endpoint&) noexcept {}

void set_defaults(sluice_udp_mux_options& options) noexcept {
  const UdpMuxOptions defaults;
  options.sockets_per_address = defaults.sockets_per_address;
  options.unknown_ufrags_per_second = defaults.unknown_ufrags_per_second;
}

namespace {

sluice_udp_endpoint view_of(const UdpEndpoint& endpoint) noexcept {
  return {.size = sizeof(sluice_udp_endpoint), .address = endpoint.address.c_str(), .port = endpoint.port};
}

struct HeldEndpoint {
  UdpEndpoint value;
  sluice_udp_endpoint view() const noexcept { return view_of(value); }
};

struct HeldMuxStats {
  UdpMuxStats value;
  sluice_udp_mux_stats view() const noexcept {
    return {.size = sizeof(sluice_udp_mux_stats),
            .connections = value.connections,
            .strangers = value.strangers,
            .unknown_ufrags = value.unknown_ufrags,
            .contested = value.contested,
            .overflows = value.overflows};
  }
};

std::vector<UdpEndpoint> endpoints_of(const sluice_udp_endpoint* const* first, std::size_t count) {
  std::vector<UdpEndpoint> result;
  for (const auto* each : elements(first, count)) {
    const auto endpoint = read(require(each));
    result.push_back({text(endpoint.address), endpoint.port});
  }
  return result;
}

UdpMuxOptions options_of(const sluice_udp_mux_options& given) {
  const auto options = read(given);
  return {options.sockets_per_address, options.unknown_ufrags_per_second, options.dscp};
}

}  // namespace
}  // namespace sluice::c

using namespace sluice::c;

void sluice_udp_endpoint_init(sluice_udp_endpoint* endpoint, size_t size) { initialise(endpoint, size); }
void sluice_udp_mux_options_init(sluice_udp_mux_options* options, size_t size) { initialise(options, size); }

sluice_error sluice_udp_mux_new(sluice_loop* loop, const sluice_udp_endpoint* const* endpoints, size_t endpoint_count,
                                const sluice_udp_mux_options* options, sluice_udp_mux** mux) {
  if (mux) *mux = nullptr;
  return guarded([&] {
    auto& result = require(mux);
    auto shared = require(loop).shared;
    const auto chosen = options ? options_of(*options) : sluice::UdpMuxOptions{};
    auto made = require(
        sluice::UdpMux::create(shared->context().get_executor(), endpoints_of(endpoints, endpoint_count), chosen));
    const auto strand = made.get_executor();
    result = new sluice_udp_mux{Home{std::move(shared), strand}, std::move(made)};
  });
}

void sluice_udp_mux_free(sluice_udp_mux* mux) { delete mux; }

void sluice_udp_mux_close(sluice_udp_mux* mux) {
  guarded([&] { require(mux).value.close(); });
}

bool sluice_udp_mux_is_open(const sluice_udp_mux* mux) {
  return get(mux, false, [](const auto& value) { return value.is_open(); });
}

sluice_udp_endpoint* sluice_udp_mux_local_endpoint(const sluice_udp_mux* mux, size_t index) {
  return get(mux, static_cast<sluice_udp_endpoint*>(nullptr), [&](const auto& value) {
    auto endpoints = value.local_endpoints();
    return index < endpoints.size() ? own(HeldEndpoint{std::move(endpoints[index])}) : nullptr;
  });
}

sluice_udp_mux_stats* sluice_udp_mux_get_stats(const sluice_udp_mux* mux) {
  return get(mux, static_cast<sluice_udp_mux_stats*>(nullptr),
             [](const auto& value) { return own(HeldMuxStats{value.stats()}); });
}

sluice_error sluice_udp_mux_on_unknown_ufrag(sluice_udp_mux* mux, sluice_unknown_ufrag_handler handler, void* user) {
  return listen<sluice::UnknownUfrag>(
      mux, handler, [](auto& value, auto l) { value.on_unknown_ufrag(std::move(l)); },
      [handler, user](const sluice::UnknownUfrag& unknown) {
        const sluice_unknown_ufrag view{.size = sizeof view,
                                        .local_ufrag = unknown.local_ufrag.c_str(),
                                        .remote_ufrag = unknown.remote_ufrag.c_str(),
                                        .source = view_of(unknown.source),
                                        .local = view_of(unknown.local)};
        handler(user, &view);
      });
}
