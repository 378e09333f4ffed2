// What OpenSSL and usrsctp hold for an idle endpoint: an SSL with its certificate, an association with 256 streams.
#include <usrsctp.h>

#include <deque>
#include <memory>
#include <stdexcept>
#include <vector>

#include "floor/handshake.hpp"
#include "floor/programs.hpp"
#include "floor/stack.hpp"
#include "process.hpp"
#include "sctp/socket_options.hpp"

namespace sluice::floor {
namespace {

struct End {
  struct ::socket* sctp = nullptr;
  End* other = nullptr;
};

struct Packet {
  End* to;
  Bytes bytes;
};
std::deque<Packet> packets;  // between the ends of all pairs

int handle_output(void* from, void* data, std::size_t size, std::uint8_t, std::uint8_t) {
  const auto* begin = static_cast<const std::byte*>(data);
  packets.push_back({static_cast<End*>(from)->other, {begin, begin + size}});
  return 0;
}

void require(bool condition) {
  if (!condition) throw std::runtime_error{"usrsctp refused an association"};
}

void open(End& end, std::uint16_t port) {
  usrsctp_register_address(&end);
  end.sctp = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
  require(end.sctp != nullptr && sctp::apply_options(end.sctp, {}));
  sockaddr_conn address{};
  address.sconn_family = AF_CONN;
  address.sconn_port = htons(port);
  address.sconn_addr = &end;
  require(usrsctp_bind(end.sctp, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

class Connection {
 public:
  explicit Connection(std::uint16_t port) {
    one_.other = &two_;
    two_.other = &one_;
    for (End* end : {&one_, &two_}) open(*end, port);
    for (End* end : {&one_, &two_}) connect(*end, port);
    while (!packets.empty()) {
      const auto packet = std::move(packets.front());
      packets.pop_front();
      usrsctp_conninput(packet.to, packet.bytes.data(), packet.bytes.size(), 0);
    }
    dtls_.fall_idle();
  }

 private:
  static void connect(End& end, std::uint16_t port) {
    sockaddr_conn address{};
    address.sconn_family = AF_CONN;
    address.sconn_port = htons(port);
    address.sconn_addr = &end;
    usrsctp_connect(end.sctp, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }

  Handshake dtls_{};
  End one_{};
  End two_{};
};

}  // namespace

json idle(const json& parameters) {
  prepare_stack(handle_output);
  const auto count = parameters["connections"].get<std::size_t>();
  std::vector<std::unique_ptr<Connection>> connections;
  std::uint16_t port = 1;
  connections.push_back(std::make_unique<Connection>(port));  // what every process pays once
  const auto before = bench::resident_bytes();
  while (connections.size() <= count) connections.push_back(std::make_unique<Connection>(++port));
  const auto kibibytes = static_cast<double>(bench::resident_bytes() - before) / 1024;
  for (auto& each : connections) static_cast<void>(each.release());  // taking the associations down is not measured
  return {{"kib_per_endpoint", kibibytes / static_cast<double>(2 * count)}};
}

}  // namespace sluice::floor
