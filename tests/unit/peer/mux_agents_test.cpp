// Ten thousand ICE agents behind one MuxTable, in virtual time: they connect, keep their consent, and carry traffic.
#include <deque>
#include <queue>

#include "ice/agent.hpp"
#include "peer/mux_table.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/sanitized.hpp"
#include "support/seeded_random.hpp"

namespace sluice::peer {
namespace {

using namespace std::chrono_literals;

#ifdef SLUICE_TEST_SANITIZED
constexpr std::uint32_t connections = 500;
#else
constexpr std::uint32_t connections = 10'000;
#endif

const Endpoint server_address{*IpAddress::parse("192.0.2.1"), 3478};
const auto data = test::hex("17 fe fd 00 01 00 00 00 00 00 01 00 01 ff");  // the first byte is DTLS's

Endpoint client_address(std::uint32_t number) {
  const auto octet = [&](int shift) { return static_cast<std::byte>(number >> shift & 0xff); };
  return {IpAddress::v4({std::byte{10}, octet(16), octet(8), octet(0)}), 5000};
}

struct End {
  End(ice::AgentOptions options, std::uint64_t seed, ice::Role role) : random{seed}, agent{std::move(options), random} {
    credentials = {random.text(8), random.text(24)};
    agent.set_role(role);
    agent.set_local_credentials(credentials);
  }
  test::SeededRandom random;
  ice::Agent agent;
  ice::Credentials credentials{};
};

// Both ends of each connection; what is sent arrives at once.
class Server {
 public:
  Server() {
    for (std::uint32_t i = 0; i != connections; ++i) {
      clients_.emplace_back(ice::AgentOptions{}, 2 * i + 1, ice::Role::controlling);
      ice::AgentOptions options{.transaction_mark = stun::TransactionMark{key_, i}};
      servers_.emplace_back(std::move(options), 2 * i + 2, ice::Role::controlled);
      table_.join(MemberId{i});
      table_.set_ufrags(MemberId{i}, std::array{servers_[i].credentials.ufrag});
      start(clients_[i].agent, {SocketId{0}, client_address(i)}, servers_[i].credentials);
      start(servers_[i].agent, {.id = SocketId{0}, .address = server_address, .shared = true}, clients_[i].credentials);
      clients_[i].agent.add_remote_candidate(now_, {.priority = 1, .address = server_address});
      settle(i);
    }
  }

  void run(Duration duration) {
    const auto end = now_ + duration;
    while (!timers_.empty() && timers_.top().first <= end) {
      const auto [at, number] = timers_.top();
      timers_.pop();
      now_ = std::max(now_, at);
      for (auto* agent : {&clients_[number].agent, &servers_[number].agent}) {
        if (agent->next_timeout() <= now_) agent->handle_timeout(now_);
      }
      settle(number);
    }
    now_ = end;
  }

  /// One datagram of data from each client. Returns how many reached their own connection and were admitted there.
  std::uint32_t send_data() {
    std::uint32_t arrived = 0;
    for (std::uint32_t i = 0; i != connections; ++i) {
      const Path path{SocketId{0}, client_address(i)};
      const auto route = table_.route(now_, {path, data});
      const bool own = route.to == MuxTable::Route::To::owner && route.member == MemberId{i};
      arrived += own && servers_[i].agent.admit(path, data.size());
    }
    return arrived;
  }

  std::uint32_t connected() const {
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i != connections; ++i) {
      count += clients_[i].agent.data_path().has_value() && servers_[i].agent.data_path().has_value();
    }
    return count;
  }
  std::uint64_t misled() const noexcept { return misled_; }
  const MuxTable& table() const noexcept { return table_; }

 private:
  void start(ice::Agent& agent, const ice::LocalSocket& socket, const ice::Credentials& remote) {
    agent.gather(now_, std::span{&socket, 1});
    agent.set_remote_credentials(now_, remote, false);
    agent.end_of_remote_candidates(now_);
  }

  // Until neither has anything to say.
  void settle(std::uint32_t number) {
    for (bool moved = true; moved;) {
      const bool up = to_server(number);
      moved = to_client(number) || up;
      while (clients_[number].agent.poll_event() || servers_[number].agent.poll_event()) continue;
    }
    const auto next = std::min(clients_[number].agent.next_timeout(), servers_[number].agent.next_timeout());
    if (next != never) timers_.emplace(next, number);
  }

  bool to_server(std::uint32_t number) {
    TransmitQueue sent;
    clients_[number].agent.poll_transmit(sent);
    for (const auto& entry : sent.entries()) {
      const Path path{SocketId{0}, client_address(number)};
      const auto route = table_.route(now_, {path, sent.bytes(entry)});
      if (route.member != MemberId{number}) {
        ++misled_;
        continue;
      }
      auto& agent = servers_[number].agent;
      agent.handle_datagram(now_, path, sent.bytes(entry));
      if (route.claims && agent.authenticated_at(path) == now_) table_.claim(now_, path, route.member);
    }
    return !sent.empty();
  }

  bool to_client(std::uint32_t number) {
    TransmitQueue sent;
    servers_[number].agent.poll_transmit(sent);
    for (const auto& entry : sent.entries()) {
      clients_[number].agent.handle_datagram(now_, {SocketId{0}, server_address}, sent.bytes(entry));
    }
    return !sent.empty();
  }

  using Timer = std::pair<TimePoint, std::uint32_t>;
  TimePoint now_{1h};
  stun::MarkKey key_{std::byte{9}};
  MuxTable table_{{.key = key_, .seed = 3, .unknown_per_second = 10}};
  std::deque<End> clients_{};
  std::deque<End> servers_{};
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_{};
  std::uint64_t misled_ = 0;
};

TEST_CASE("ten thousand connections on one socket connect and stay connected", "[mux][scale][rfc7675-5.1]") {
  Server server;
  server.run(5s);
  REQUIRE(server.connected() == connections);
  CHECK(server.table().addresses() == connections);
  for (int second = 0; second != 40; ++second) {  // longer than consent lasts
    server.run(1s);
    REQUIRE(server.send_data() == connections);
  }
  CHECK(server.connected() == connections);
  CHECK(server.table().addresses() == connections);
  CHECK(server.misled() == 0);
}

}  // namespace
}  // namespace sluice::peer
