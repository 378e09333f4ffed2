#pragma once
// TurnServer: a strict TURN server in virtual time.   RFC 8656, 8489 §9.2
//
// What a client must not do is not only refused but noted in faults(): a test that ends without faults has shown that
// the client keeps the rules, not only that a forgiving server let it pass.
#include <map>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "stun/message.hpp"
#include "support/seeded_random.hpp"

namespace sluice::test {

struct TurnServerOptions {
  Endpoint address{};
  IpAddress relay_v4{};
  std::optional<IpAddress> relay_v6{};
  std::string username = "alice";
  std::string password = "wonderland";
  std::string realm = "turn.example.org";
  Duration nonce_lifetime = std::chrono::hours{1};
  Duration lifetime = std::chrono::minutes{10};
  std::size_t quota = 16;
  bool sha256 = false;                 // offers PASSWORD-ALGORITHMS, RFC 8489 §9.2
  bool anonymous = false;              // asks for USERHASH
  unsigned refuses = 0;                // every authenticated Allocate, with this code
  std::vector<Endpoint> alternates{};  // to which it sends every Allocate. RFC 8489 §10
  std::string alternate_domain{};
  bool redirects_anybody = false;  // before it has asked for credentials
  std::vector<IpAddress> forbidden{};
};

class TurnServer {
 public:
  struct Sent {
    Endpoint from{};
    Endpoint to{};
    Bytes bytes{};
  };

  explicit TurnServer(TurnServerOptions options) : options_{std::move(options)} {}

  const Endpoint& address() const { return options_.address; }
  TurnServerOptions& options() { return options_; }
  /// Whether a datagram to there arrives here.
  bool owns(const Endpoint& to) const;
  std::vector<Sent> handle(TimePoint now, const Endpoint& from, const Endpoint& to, ByteView);
  /// Forgets everything, nonces too.
  void restart();

  std::size_t allocations(TimePoint now);
  /// Of all allocations: permissions and channels.
  std::size_t table_entries() const;
  const std::vector<std::string>& faults() const { return faults_; }
  unsigned count(stun::Method method) const;  // of accepted requests
  unsigned challenges() const { return challenges_; }
  unsigned channel_messages() const { return channel_messages_; }
  unsigned indications() const { return indications_; }

 private:
  struct Channel {
    Endpoint peer{};
    TimePoint expires{};
  };
  struct Allocation {
    Endpoint client{};
    stun::TransactionId transaction{};  // that made it
    std::vector<Endpoint> relayed{};
    TimePoint expires{};
    std::map<IpAddress, TimePoint> permissions{};
    std::map<std::uint16_t, Channel> channels{};
  };

  void answer(const stun::Message&);
  void challenge(const stun::Message&, unsigned code, std::string_view reason);
  bool authenticate(const stun::Message&);
  bool verifies(const stun::Message&) const;
  void allocate(const stun::Message&);
  void redirect(const stun::Message&);
  void tell_allocated(const stun::Message&, const Allocation&);
  void refresh(const stun::Message&, Allocation&);
  void create_permission(const stun::Message&, Allocation&);
  void bind(const stun::Message&, Allocation&);
  void send_indication(const stun::Message&);
  void channel_data(ByteView);
  void from_peer(const Endpoint& from, const Endpoint& to, ByteView);
  void refuse(const stun::Message&, unsigned code, std::string_view reason);
  void succeed(const stun::Message&, stun::Builder);
  stun::Builder response(const stun::Message&, stun::Class) const;
  void finish(stun::Builder);
  void relay(const Allocation&, const Endpoint& peer, ByteView);
  void fault(std::string text) { faults_.push_back(std::move(text)); }
  bool permitted(const Allocation&, const IpAddress&) const;
  void expire();
  Allocation* of_client();

  TurnServerOptions options_;
  SeededRandom random_{99};
  TimePoint now_{};
  Endpoint from_{};
  std::vector<Sent> sent_{};
  std::vector<Allocation> allocations_{};
  std::map<std::string, TimePoint> nonces_{};  // and when they become stale
  std::map<stun::Method, unsigned> accepted_{};
  std::vector<std::string> faults_{};
  std::uint16_t next_port_ = 50000;
  unsigned challenges_ = 0;
  unsigned channel_messages_ = 0;
  unsigned indications_ = 0;
};

}  // namespace sluice::test
