// Names of this host while its interfaces change.   RFC 6762 §6.2
#if defined(__linux__)
#include "api/mdns_host.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>

#include "support/own_network.hpp"
#include "support/seeded_random.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

// One who has a name, and others who ask for it.
struct Two {
  asio::io_context io;
  std::shared_ptr<api::MdnsHost> host = std::make_shared<api::MdnsHost>(io.get_executor());
  SeededRandom random{7};
  ice::MdnsName name = ice::MdnsName::generate(random);

  ~Two() { host->abandon(); }

  void run_for(std::chrono::milliseconds time) {
    io.restart();
    io.run_for(time);
  }

  /// By somebody who has not asked before, and so knows no answer.
  std::optional<IpAddress> ask() {
    const auto asker = std::make_shared<api::MdnsHost>(io.get_executor());
    std::optional<std::optional<IpAddress>> answer;
    asker->async_resolve(this, name, [&](std::optional<IpAddress> address) { answer = address; });
    const auto end = std::chrono::steady_clock::now() + 15s;
    while (!answer && std::chrono::steady_clock::now() < end) run_for(20ms);
    asker->abandon();
    return answer.value_or(std::nullopt);
  }
};

bool survives_new_sockets() {
  Two two;
  two.host->publish(&two, two.name, ip("127.0.0.1"));
  if (two.ask() != ip("127.0.0.1")) return false;
  set_up("lo", false);
  two.run_for(800ms);
  set_up("lo", true);
  two.run_for(800ms);
  return two.ask() == ip("127.0.0.1");
}

bool goes_with_its_address() {
  Two two;
  add_address("lo:1", "192.0.2.7");
  two.host->publish(&two, two.name, ip("192.0.2.7"));
  if (two.ask() != ip("192.0.2.7")) return false;
  set_up("lo:1", false);
  two.run_for(800ms);
  if (two.ask()) return false;
  add_address("lo:1", "192.0.2.7");
  two.run_for(800ms);
  return two.ask() == ip("192.0.2.7");
}

}  // namespace

TEST_CASE("a name is still answered when the sockets of its interface are others", "[api][mdns][rtnetlink]") {
  in_own_network(survives_new_sockets);
}

TEST_CASE("a name is answered while its address is one of this host, and not meanwhile",
          "[api][mdns][rtnetlink][rfc6762-6.2]") {
  in_own_network(goes_with_its_address);
}

TEST_CASE("who has nothing to say or to ask lets the context run out", "[api][mdns][rtnetlink]") {
  in_own_network([] {
    set_up("lo", false);  // no interface at all
    Two two;
    if (two.ask()) return false;
    two.io.restart();
    two.io.run_for(5s);
    return two.io.stopped();
  });
}

#endif
