#pragma once
// Resolver: from the name of a host to addresses, and from a service of it to where that is.   RFC 8489 §8, RFC 2782
//
// By the system's resolver, which blocks: on LookupThreads, so that a name that nobody answers for delays no other.
// Multicast DNS names (.local, RFC 6762) work where the system resolves them.
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/random.hpp"
#include "net/srv.hpp"

namespace sluice::net {

/// Blocks. Without duplicates, in the system's order (RFC 6724); empty if the name has none.
std::vector<IpAddress> query_addresses(const std::string& host);

// Whom to ask; both block, on any thread.
struct NameService {
  std::function<std::vector<IpAddress>(const std::string& host)> addresses = query_addresses;
  std::function<std::vector<SrvRecord>(const std::string& name)> records = [](const auto& name) {
    return query_srv(name);
  };
};

class Resolver {
 public:
  using Handler = std::function<void(std::vector<IpAddress>)>;
  using PlacesHandler = std::function<void(std::vector<Endpoint>)>;

  Resolver(const boost::asio::any_io_executor&, Random&, NameService = {});
  ~Resolver();

  /// After cancel() the handler is dropped uncalled.
  void async_resolve(const std::string& host, Handler);
  /// The targets of "_turn._udp" of the host, in the order in which they are to be tried; where there are none, the
  /// addresses of the host itself, with port 0. Both are looked up at the same time: who has the addresses waits only a
  /// moment for the targets.
  void async_locate(const std::string& service, const std::string& host, PlacesHandler);
  void cancel();

 private:
  class Location;
  struct Pending;  // lookups: they keep the context running, until cancel()

  template <class Result>
  auto counted(std::function<void(Result)>);

  boost::asio::any_io_executor executor_;
  Random* random_;
  std::shared_ptr<const NameService> names_;
  std::shared_ptr<Pending> pending_;
  std::vector<std::weak_ptr<Location>> locations_{};
};

}  // namespace sluice::net
