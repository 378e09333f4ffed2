// A TURN client between a server that answers anything, peers, time and commands, in any order.   RFC 8656
//
// Whatever the server does: no assertion fails, nothing it sends makes us keep more than the limits, the deadline
// moves, and nothing comes from an address that has no permission.
#include <cstdint>
#include <set>

#include "base/reader.hpp"
#include "crypto/digest.hpp"
#include "ice/turn_client.hpp"
#include "property.hpp"
#include "support/seeded_random.hpp"

namespace {

using namespace sluice;
using namespace std::chrono_literals;
using fuzz::property;
using ice::TurnClient;
namespace attribute = stun::attribute;

constexpr std::size_t max_steps = 400;
constexpr std::size_t max_pending = ice::TurnPeers::max_permissions + ice::TurnPeers::max_channels + 2;

const Path server{SocketId{0}, {IpAddress{}, 3478}};

class Session {
 public:
  explicit Session(ByteView script) : in_{script} {}

  void run() {
    client_.allocate(now_);
    drain();
    for (std::size_t steps = 0; in_.remaining() != 0 && steps != max_steps; ++steps) {
      step(in_.u8());
      drain();
      property(client_.pending() <= max_pending, "requests are few");
    }
    client_.close(now_);
    drain();
    property(client_.next_timeout() == never, "nothing is left to do after close");
  }

 private:
  void step(unsigned operation) {
    switch (operation % 8) {
      case 0:
        now_ += std::chrono::seconds{in_.u8()};
        client_.handle_timeout(now_);
        return property(client_.next_timeout() > now_, "the deadline moves");
      case 1:
        return send();
      case 2:
        return take(in_.bytes(std::min<std::size_t>(in_.u8(), in_.remaining())));
      case 3:
      case 4:
      case 5:
        return answer(operation);
      case 6:
        return client_.confirm(now_);
      case 7:
        return from_channel(in_.bytes(std::min<std::size_t>(in_.u8(), in_.remaining())));
    }
  }

  static Endpoint peer(unsigned number) {
    return {IpAddress::v4({std::byte{10}, std::byte{0}, std::byte{0}, static_cast<std::byte>(number)}), 1};
  }

  void send() {
    const auto to = peer(in_.u8());
    const Bytes data(in_.u8() % 64 + 1u, std::byte{20});
    sent_to_.insert(to.address);
    client_.send(now_, to, data, outbox_);
  }

  void take(ByteView bytes) {
    const auto message = stun::Message::parse(bytes);
    if (!message) return;
    if (message->method() == stun::Method::data) return check(client_.unwrap(*message));
    client_.handle_message(now_, *message);
  }

  void from_channel(ByteView bytes) { check(client_.unwrap(bytes)); }

  void check(const std::optional<TurnClient::FromPeer>& inner) {
    if (inner) property(sent_to_.contains(inner->peer.address), "what comes is from somebody we have sent to");
  }

  // Any outcome of the last request, with attributes of the script's choice; signed, or not.
  void answer(unsigned operation) {
    if (!last_) return;
    const auto result = operation % 8 == 3 ? stun::Class::success_response : stun::Class::error_response;
    stun::Builder response{result, last_->first, last_->second};
    if (operation % 8 == 4) response.add(attribute::error_code, {300u + in_.u8() % 200u, "as the script says"});
    if (operation % 8 == 5) response.add(attribute::error_code, {in_.u8() % 2 == 0 ? 401u : 438u, "prove it"});
    if (operation & 8) response.add(attribute::realm, "r").add(attribute::nonce, "n");
    if (operation & 16) response.add(attribute::lifetime, in_.u32());
    if (operation & 32) response.add(attribute::xor_relayed_address, peer(in_.u8()));
    for (unsigned left = in_.u8() % 4; left != 0; --left) {
      const auto type = stun::AttributeType{in_.u16()};
      response.add(type, in_.bytes(std::min<std::size_t>(in_.u8(), in_.remaining())));
    }
    if (operation & 64) response.integrity(key_);
    take(response.view());
  }

  void drain() {
    client_.poll_transmit(outbox_);
    for (const auto& entry : outbox_.entries()) {
      const auto message = stun::Message::parse(outbox_.bytes(entry));
      if (message && message->is_request()) last_ = {message->method(), message->transaction_id()};
    }
    outbox_.clear();
    while (client_.poll_event()) {
    }
  }

  Reader in_;
  TimePoint now_{1h};
  test::SeededRandom random_{1};
  TurnClient client_{{.server = server, .username = "u", .password = "p"}, random_};
  crypto::HmacSha1 key_{crypto::digest(crypto::Hash::md5, {as_bytes("u:r:p")})};
  std::optional<std::pair<stun::Method, stun::TransactionId>> last_{};
  std::set<IpAddress> sent_to_{};
  TransmitQueue outbox_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Session{std::as_bytes(std::span{data, size})}.run();
  return 0;
}
