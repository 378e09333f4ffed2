#include "net/resolver.hpp"

#include <netdb.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "net/lookup_threads.hpp"
#include "net/sockaddr.hpp"

namespace sluice::net {
namespace {

constexpr std::size_t max_addresses = 16;  // of one name
constexpr std::size_t max_targets = 4;     // of one service: the rest is ignored
// How long who has something to use waits for something better. As RFC 8305 §3 lets an address wait for another family,
// but the lookups began together, and what waits is a candidate and not the connection.
constexpr auto patience = std::chrono::milliseconds{500};

}  // namespace

std::vector<IpAddress> query_addresses(const std::string& host) {
  const addrinfo hints{.ai_flags = AI_ADDRCONFIG, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
  std::vector<IpAddress> addresses;
  for (const auto* entry = found; entry != nullptr && addresses.size() != max_addresses; entry = entry->ai_next) {
    const auto endpoint = read_sockaddr(entry->ai_addr);
    if (!endpoint || std::ranges::find(addresses, endpoint->address) != addresses.end()) continue;
    addresses.push_back(endpoint->address);
  }
  return addresses;
}

// One async_locate(): SRV and the host's addresses, then the addresses of the targets.
class Resolver::Location : public std::enable_shared_from_this<Location> {
 public:
  Location(const Resolver& resolver, std::string host, PlacesHandler handler)
      : executor_{resolver.executor_},
        names_{resolver.names_},
        random_{resolver.random_},
        host_{std::move(host)},
        handler_{std::move(handler)},
        timer_{executor_} {}

  void start(const std::string& service) {
    look_up_addresses(host_, &Location::handle_addresses);
    LookupThreads::of(executor_).run(
        executor_, [names = names_, name = service + '.' + host_] { return names->records(name); },
        [self = shared_from_this()](std::vector<SrvRecord> records) {
          if (self->handler_) self->handle_records(std::move(records));
        });
  }

  void stop() {
    handler_ = nullptr;
    timer_.cancel();
  }

 private:
  struct Target {
    std::uint16_t port = 0;
    std::optional<std::vector<IpAddress>> addresses{};  // once looked up
  };

  template <class Then, class... Arguments>
  void look_up_addresses(const std::string& host, Then then, Arguments... arguments) {
    LookupThreads::of(executor_).run(
        executor_, [names = names_, host] { return names->addresses(host); },
        [self = shared_from_this(), then, arguments...](std::vector<IpAddress> addresses) {
          if (self->handler_) (*self.*then)(arguments..., std::move(addresses));
        });
  }

  void handle_addresses(std::vector<IpAddress> addresses) {
    addresses_ = std::move(addresses);
    advance();
  }

  void handle_records(std::vector<SrvRecord> records) {
    asked_ = true;
    const bool unavailable = records.size() == 1 && records.front().target == ".";
    if (unavailable) return finish({});  // "decidedly not available at this domain"
    records = in_order(std::move(records), *random_);
    if (records.size() > max_targets) records.resize(max_targets);
    for (const auto& each : records) {
      targets_.push_back({each.port});
      look_up_addresses(each.target, &Location::handle_target, targets_.size() - 1);
    }
    advance();
  }

  void handle_target(std::size_t index, std::vector<IpAddress> addresses) {
    targets_[index].addresses = std::move(addresses);
    advance();
  }

  void advance() {
    const bool complete =
        asked_ && std::ranges::all_of(targets_, [](const Target& each) { return each.addresses.has_value(); });
    auto found = complete || late_ ? places() : std::vector<Endpoint>{};
    if (!found.empty()) return finish(std::move(found));
    if (complete && addresses_) return finish({});
    const bool something =
        addresses_ || std::ranges::any_of(targets_, [](const Target& each) { return each.addresses.has_value(); });
    if (something && !late_ && !waiting_) wait();
  }

  // Of the targets; if they have none, of the host.
  std::vector<Endpoint> places() const {
    std::vector<Endpoint> result;
    for (const auto& target : targets_) {
      for (const auto& address : target.addresses.value_or(std::vector<IpAddress>{}))
        result.push_back({address, target.port});
    }
    if (result.empty()) {
      for (const auto& address : addresses_.value_or(std::vector<IpAddress>{})) result.push_back({address, 0});
    }
    if (result.size() > max_addresses) result.resize(max_addresses);
    return result;
  }

  void wait() {
    waiting_ = true;
    timer_.expires_after(patience);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error || !self->handler_) return;
      self->late_ = true;
      self->advance();
    });
  }

  void finish(std::vector<Endpoint> places) {
    timer_.cancel();
    std::exchange(handler_, nullptr)(std::move(places));
  }

  boost::asio::any_io_executor executor_;
  std::shared_ptr<const NameService> names_;
  Random* random_;
  std::string host_;
  PlacesHandler handler_;  // until it has been called
  boost::asio::steady_timer timer_;
  std::optional<std::vector<IpAddress>> addresses_{};  // of the host, once looked up
  std::vector<Target> targets_{};
  bool asked_ = false;  // for SRV records
  bool waiting_ = false;
  bool late_ = false;
};

struct Resolver::Pending {
  std::size_t lookups = 0;
  std::optional<boost::asio::executor_work_guard<boost::asio::any_io_executor>> work{};
};

Resolver::Resolver(const boost::asio::any_io_executor& executor, Random& random, NameService names)
    : executor_{executor},
      random_{&random},
      names_{std::make_shared<const NameService>(std::move(names))},
      pending_{std::make_shared<Pending>()} {}

Resolver::~Resolver() { cancel(); }

// The handler of one lookup more; after cancel() it does nothing.
template <class Result>
auto Resolver::counted(std::function<void(Result)> handler) {
  if (pending_->lookups++ == 0) pending_->work.emplace(executor_);
  return [weak = std::weak_ptr{pending_}, handler = std::move(handler)](Result result) {
    const auto pending = weak.lock();
    if (!pending) return;
    if (--pending->lookups == 0) pending->work.reset();
    handler(std::move(result));
  };
}

void Resolver::async_resolve(const std::string& host, Handler handler) {
  LookupThreads::of(executor_).run(
      executor_, [names = names_, host] { return names->addresses(host); }, counted(std::move(handler)));
}

void Resolver::async_locate(const std::string& service, const std::string& host, PlacesHandler handler) {
  std::erase_if(locations_, [](const auto& each) { return each.expired(); });
  const auto location = std::make_shared<Location>(*this, host, counted(std::move(handler)));
  locations_.push_back(location);
  location->start(service);
}

// What has been resolved may already wait for its turn.
void Resolver::cancel() {
  pending_ = std::make_shared<Pending>();
  for (const auto& each : locations_) {
    if (const auto location = each.lock()) location->stop();
  }
  locations_.clear();
}

}  // namespace sluice::net
