#include "peer/peer.hpp"

#include <unistd.h>

#include <boost/asio/this_coro.hpp>

#include "peer/events.hpp"
#include "support/describe.hpp"
#include "support/lines.hpp"

namespace peer {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

template <class Number>
json or_null(const std::optional<Number>& number) {
  return number ? json(*number) : json(nullptr);
}

template <class State>
auto state_emitter(const char* what) {
  return [what](State state) {
    emit({{"type", "state"}, {"what", what}, {"value", to_string(state)}, {"t", monotonic_seconds()}});
  };
}

std::optional<std::uint16_t> number16(const json& command, const char* key) {
  const auto value = command.value(key, json{});
  if (!value.is_number() || value.get<long>() < 0) return std::nullopt;
  return static_cast<std::uint16_t>(std::min(value.get<long>(), 65535L));
}

sluice::DataChannelInit init_of(const json& command) {
  sluice::DataChannelInit init;
  init.ordered = command.value("ordered", true);
  init.protocol = command.value("protocol", "");
  init.max_retransmits = number16(command, "maxRetransmits");
  if (const auto time = number16(command, "maxPacketLifeTime")) {
    init.max_packet_life_time = std::chrono::milliseconds{*time};
  }
  init.negotiated = command.value("negotiated", false);
  if (init.negotiated) init.id = number16(command, "id").value_or(std::uint16_t{0});
  return init;
}

json end_of_path(const sluice::IceCandidateInfo& end) {
  json path = {{"type", to_string(end.type)}, {"protocol", end.protocol}, {"address", end.address}, {"port", end.port}};
  if (end.relay_protocol) path["relayProtocol"] = to_string(*end.relay_protocol);
  return path;
}

}  // namespace

Peer::Peer(sluice::PeerConnection connection, PeerOptions options)
    : options_{std::move(options)},
      connection_{std::move(connection)},
      negotiation_{connection_, options_.negotiation,
                   [](json event) {
                     if (event.contains("sdp")) event["t"] = monotonic_seconds();
                     emit(event);
                   },
                   [this](std::string_view where, sluice::error_code error) {
                     fail(where, example::explain(connection_, error));
                   }} {}

asio::awaitable<void> Peer::run() {
  example::InputLines lines{co_await asio::this_coro::executor};
  announce_states();
  if (!options_.label.empty() && (options_.offerer || options_.channel.negotiated)) {
    open_channel(options_.label, options_.channel);
    const auto first = channels_.find(options_.label);
    if (first != channels_.end() && !options_.greeting.empty()) first->second->greet(options_.greeting);
  }
  if (options_.offerer && options_.start) negotiation_.offer();
  if (options_.configuration.network.restart_on_change) {
    connection_.on_negotiation_needed([this] {  // the first round is started above, or by the other side
      if (connection_.remote_description()) negotiation_.offer();
    });
  }
  while (const auto line = co_await lines.next()) {
    if (!handle(*line)) break;
  }
  connection_.close();
}

void Peer::announce_states() {
  emit({{"type", "ready"}, {"impl", "sluice " SLUICE_VERSION}, {"pid", ::getpid()}});
  connection_.on_ice_connection_state_change(state_emitter<sluice::IceConnectionState>("ice"));
  connection_.on_connection_state_change(state_emitter<sluice::ConnectionState>("connection"));
  connection_.on_ice_gathering_state_change(state_emitter<sluice::IceGatheringState>("gathering"));
  connection_.on_signaling_state_change(state_emitter<sluice::SignalingState>("signaling"));
  connection_.on_data_channel([this](sluice::DataChannel channel) { channel_announced(std::move(channel)); });
  connection_.on_ice_candidate_error([](const sluice::IceCandidateError& error) {
    emit({{"type", "error"},
          {"where", "icecandidate"},
          {"message", error.text},
          {"url", error.url},
          {"code", error.code},
          {"explanation", error.explanation}});
  });
}

void Peer::channel_announced(sluice::DataChannel channel) {
  json event = {{"type", "channel"},
                {"label", channel.label()},
                {"protocol", channel.protocol()},
                {"ordered", channel.ordered()},
                {"maxRetransmits", or_null(channel.max_retransmits())},
                {"maxPacketLifeTime", nullptr},
                {"id", or_null(channel.id())}};
  if (const auto time = channel.max_packet_life_time()) event["maxPacketLifeTime"] = time->count();
  emit(event);
  adopt(std::move(channel), true);
}

void Peer::adopt(sluice::DataChannel channel, bool remote) {
  const bool echoes = options_.echo && (remote || (channel.negotiated() && !options_.offerer));
  auto& place = channels_[std::string{channel.label()}];
  place = std::make_shared<Channel>(std::move(channel), connection_.get_executor(), echoes);
  place->start();
}

void Peer::open_channel(const std::string& label, sluice::DataChannelInit init) {
  sluice::error_code error;
  auto channel = connection_.create_data_channel(label, std::move(init), error);
  if (error) return fail("open-channel", error.message());
  adopt(std::move(channel), false);
}

bool Peer::handle(const std::string& line) {
  try {
    return handle(json::parse(line));
  } catch (const json::exception& error) {  // not JSON, or a member of the wrong type
    fail("stdin", error.what());
    return true;
  }
}

bool Peer::handle(const json& command) {
  const auto type = command.value("type", "");
  if (type == "close") {
    connection_.close();
    emit({{"type", "bye"}});
    return false;
  }
  if (negotiation_.handle(command) || handle_channel_command(type, command)) return true;
  if (type == "start") {
    negotiation_.offer();
  } else if (type == "restart-ice") {
    negotiation_.offer({.ice_restart = true});
  } else if (type == "open-channel") {
    open_channel(command.value("label", ""), init_of(command));
  } else if (type == "rusage") {
    emit(rusage_event());
  } else if (type == "selected") {
    emit_selected();
  } else {
    fail("stdin", "unknown type " + type);
  }
  return true;
}

bool Peer::handle_channel_command(const std::string& type, const json& command) {
  static const std::map<std::string, void (*)(Channel&, const json&)> actions = {
      {"send", [](Channel& channel, const json& c) { channel.send(c); }},
      {"close-channel", [](Channel& channel, const json&) { channel.close(); }},
      {"flood", [](Channel& channel, const json& c) { channel.flood(c); }},
      {"ping", [](Channel& channel, const json& c) { channel.ping(c); }},
      {"counters", [](Channel& channel, const json& c) { channel.counters(c.value("reset", false)); }}};
  const auto action = actions.find(type);
  if (action == actions.end()) return false;
  if (auto* const channel = find(command)) action->second(*channel, command);
  return true;
}

Channel* Peer::find(const json& command) const {
  const auto label = command.value("label", "");
  const auto found = channels_.find(label);
  if (found != channels_.end()) return found->second.get();
  fail("lookup", "no channel \"" + label + "\"");
  return nullptr;
}

void Peer::emit_selected() const {
  const auto pair = example::selected_pair(connection_);
  emit({{"type", "selected"},
        {"local", pair ? end_of_path(pair->local) : json(nullptr)},
        {"remote", pair ? end_of_path(pair->remote) : json(nullptr)}});
}

}  // namespace peer
