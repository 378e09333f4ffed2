// A whole connection under a hostile script: two engines in a simulated network, where the input decides which
// datagrams are lost, repeated, altered or invented, which commands are given, and how time passes.
#include <cstdlib>

#include "base/reader.hpp"
#include "property.hpp"
#include "sim/world.hpp"

namespace {

using namespace sluice;
using namespace std::chrono_literals;

class Script {
 public:
  Script(sim::World& world, ByteView input) : world_{world}, in_{input} {}

  void run() {
    world_.network().set_filter([this](const Endpoint&, const Endpoint&, Bytes& datagram) { return keep(datagram); });
    while (in_.remaining() != 0 && ++steps_ < 200) step();
    world_.network().set_filter({});
  }

 private:
  void step() {
    const auto what = in_.u8();
    auto& peer = what % 2 == 0 ? world_.alice() : world_.bob();
    switch (what / 2 % 10) {
      case 0:
        world_.run_for(std::chrono::milliseconds{in_.u8()});
        break;
      case 1:
        world_.run_for(std::chrono::seconds{in_.u8() % 8});
        break;
      case 2:
        send(peer);
        break;
      case 3:
        open(peer);
        break;
      case 4:
        close_channel(peer);
        break;
      case 5:
        tampering_ = in_.u8();
        break;
      case 6:
        invent(peer);
        break;
      case 7:
        peer.engine().pause_receiving(in_.u8() % 2 == 0);
        break;
      case 8:
        signal(peer);
        break;
      case 9:
        in_.u8() == 0xff ? peer.close() : peer.engine().handle_timeout(world_.now());
        break;
    }
  }

  void send(sim::Peer& peer) {
    const auto channel = peer.channel("c");
    if (!channel) return;
    const Bytes data(in_.u16() % 5000);
    (void)peer.engine().send(world_.now(), *channel, dcep::Kind::binary, data);
  }

  void open(sim::Peer& peer) {
    const auto options = in_.u8();
    dcep::ChannelInit init{.label = "c", .ordered = options % 2 == 0};
    if (options & 2) init.max_retransmits = static_cast<std::uint16_t>(options >> 4);
    (void)peer.engine().create_data_channel(world_.now(), init);
  }

  void close_channel(sim::Peer& peer) {
    if (const auto channel = peer.channel("c")) peer.engine().close_channel(world_.now(), *channel);
  }

  // A datagram of the script's own, from the other peer's address.
  void invent(sim::Peer& peer) {
    const auto& other = &peer == &world_.alice() ? world_.bob() : world_.alice();
    const auto bytes = in_.bytes(std::min<std::size_t>(in_.u8(), in_.remaining()));
    const Datagram datagram{{SocketId{0}, other.address()}, bytes};
    peer.engine().handle_datagrams(world_.now(), std::span{&datagram, 1});
  }

  void signal(sim::Peer& peer) {
    const auto bytes = in_.bytes(std::min<std::size_t>(in_.u8(), in_.remaining()));
    const auto text = std::string{as_text(bytes)};
    (void)peer.engine().add_ice_candidate(world_.now(), {.candidate = "candidate:" + text, .mid = "0"});
    (void)peer.engine().set_remote_description(world_.now(), sdp::Type::answer, text);
  }

  // Alters or loses some of the datagrams on their way.
  bool keep(Bytes& datagram) {
    if (tampering_ == 0 || ++datagrams_ % (tampering_ % 16 + 1) != 0) return true;
    datagram[(tampering_ * 31U + datagrams_) % datagram.size()] ^= static_cast<std::byte>(tampering_ | 1U);
    return tampering_ % 2 == 0;
  }

  sim::World& world_;
  Reader in_;
  int steps_ = 0;
  unsigned tampering_ = 0;
  std::size_t datagrams_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sim::World world{1, {.link = {.delay = 5ms}}};
  const auto input = std::as_bytes(std::span{data, size});
  const bool connected = !input.empty() && std::to_integer<unsigned>(input.front()) % 4 != 0;
  if (connected) {
    fuzz::property(world.connect(), "two peers on a good network connect");
    world.alice().open_channel({.label = "c"});
    world.run_for(100ms);
  } else {
    world.alice().open_channel({.label = "c"});
    world.alice().negotiate();
  }
  Script{world, input}.run();
  for (auto* peer : {&world.alice(), &world.bob()}) {
    peer->close();
    fuzz::property(peer->engine().connection_state() == peer::ConnectionState::closed, "close() closes");
    fuzz::property(peer->engine().next_timeout() == never, "a closed engine waits for nothing");
  }
  return 0;
}
