#include "peer/peer_options.hpp"

#include <charconv>

#include "support/options.hpp"

namespace peer {
namespace {

constexpr std::string_view usage =
    R"(usage: sluice-peer [--name=value ...]
One connection, driven by JSON lines on standard input and output.

  --role=offerer|answerer   the offerer creates the first channel and offers
  --start=true|false        false: offer only after {"type":"start"}
  --trickle=true|false      false: a description waits for its candidates
  --bind=IP                 use only this address of the host, repeatable
  --ports=LOW-HIGH          ports to use
  --tcp=none|active|passive TCP candidates; passive: both, in the range of ports
  --mdns=true               host candidates name "<uuid>.local" instead of an address
  --resolve-mdns=true|false false: ignore such candidates of the other side
  --external-ip=IP          the address under which a 1:1 NAT shows this host
  --ice-server=URL          stun:, turn: or turns:, repeatable
  --turn-user=, --turn-pass=
  --follow=true             go where the TURN server sends us (300), also to another host
  --tls-ca=FILE  --tls-fingerprint=SHA256  --tls-insecure=true
  --policy=all|relay
  --lite=true|false         an ICE-lite agent, for hosts with public addresses
  --max-datagram=N          largest UDP payload, 1200 to 65507; 1200: the path is not probed (default 65507)
  --congestion=rate|loss    what the congestion control goes by (default rate)
  --auto-restart=true       an ICE restart when our address changes; the offerer's offer wins
  --label=echo              of the first channel; empty: none
  --greeting=TEXT           the first message on it, sent before it is open
  --ordered=true|false  --max-retransmits=N  --max-lifetime=MS  --protocol=P  --negotiated-id=N
  --echo=true|false         echo on channels that the other side opened
  --snap=true               signal the SCTP handshake (a=sctp-init)
  --sped=true               begin DTLS inside the connectivity checks
  --fast, --detach          accepted for other peers' sake; no effect

in:   offer answer candidate candidates-end start open-channel send close-channel flood ping counters rusage
      restart-ice selected close
)";

sluice::DataChannelInit channel_init(const example::Options& options) {
  sluice::DataChannelInit init;
  init.ordered = options.flag("ordered", true);
  init.protocol = options.text("protocol");
  if (const auto count = options.number("max-retransmits", 65535)) {
    init.max_retransmits = static_cast<std::uint16_t>(*count);
  }
  if (const auto time = options.number("max-lifetime", 65535)) {
    init.max_packet_life_time = std::chrono::milliseconds{*time};
  }
  if (const auto id = options.number("negotiated-id", 65534)) {
    init.negotiated = true;
    init.id = static_cast<std::uint16_t>(*id);
  }
  return init;
}

sluice::Configuration configuration(const example::Options& options) {
  sluice::Configuration result;
  for (const auto& url : options.all("ice-server")) {
    sluice::IceServer server{.urls = {url}};
    if (url.starts_with("turn")) {
      server.username = options.text("turn-user");
      server.credential = options.text("turn-pass");
      server.follow_to_other_hosts = options.flag("follow", false);
      server.tls = {options.text("tls-ca"), options.text("tls-fingerprint"), options.flag("tls-insecure", false)};
    }
    result.ice_servers.push_back(std::move(server));
  }
  const auto policy = options.text("policy", "all");
  if (policy != "all" && policy != "relay") options.refuse("--policy is all or relay");
  if (policy == "relay") result.ice_transport_policy = sluice::IceTransportPolicy::relay;
  result.ice_lite = options.flag("lite", false);
  result.network.addresses = options.all("bind");
  result.network.mdns_names = options.flag("mdns", false);
  result.network.resolve_mdns = options.flag("resolve-mdns", true);
  result.network.external_addresses = options.all("external-ip");
  if (const auto size = options.number("max-datagram", 65507)) {
    result.network.max_datagram_size = static_cast<std::size_t>(*size);
  }
  const auto tcp = options.text("tcp", "active");
  if (tcp != "none" && tcp != "active" && tcp != "passive") options.refuse("--tcp is none, active or passive");
  if (tcp == "none") result.network.tcp_candidates = sluice::TcpCandidates::none;
  if (tcp == "passive") result.network.tcp_candidates = sluice::TcpCandidates::active_and_passive;
  const auto congestion = options.text("congestion", "rate");
  if (congestion != "rate" && congestion != "loss") options.refuse("--congestion is rate or loss");
  if (congestion == "loss") result.network.congestion_control = sluice::CongestionControl::loss_based;
  result.network.restart_on_change = options.flag("auto-restart", false);
  if (const auto ports = options.text("ports"); !ports.empty()) {
    const auto dash = ports.find('-');
    const auto number = [](std::string_view text) {
      std::uint16_t value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return value;
    };
    if (dash == std::string::npos) options.refuse("--ports is LOW-HIGH");
    result.network.lowest_port = number(std::string_view{ports}.substr(0, dash));
    result.network.highest_port = number(std::string_view{ports}.substr(dash + 1));
  }
  result.experiments.snap = options.flag("snap", false);
  result.experiments.sped = options.flag("sped", false);
  return result;
}

}  // namespace

PeerOptions parse_options(int argc, char* argv[]) {
  const example::Options options{
      argc, argv, usage, {"role",       "start",         "trickle",   "bind",    "ports",           "external-ip",
                          "ice-server", "turn-user",     "turn-pass", "tls-ca",  "tls-fingerprint", "tls-insecure",
                          "policy",     "auto-restart",  "label",     "ordered", "max-retransmits", "max-lifetime",
                          "protocol",   "negotiated-id", "echo",      "fast",    "detach",          "snap",
                          "mdns",       "resolve-mdns",  "follow",    "sped",    "max-datagram",    "tcp",
                          "greeting",   "congestion"}};
  const auto role = options.text("role", "offerer");
  if (role != "offerer" && role != "answerer") options.refuse("--role is offerer or answerer");
  return {.offerer = role == "offerer",
          .start = options.flag("start", true),
          .echo = options.flag("echo", true),
          .label = options.text("label", "echo"),
          .greeting = options.text("greeting"),
          .channel = channel_init(options),
          .configuration = configuration(options),
          .negotiation = {.trickle = options.flag("trickle", true),
                          .polite = role != "offerer" || !options.flag("auto-restart", false)}};
}

}  // namespace peer
