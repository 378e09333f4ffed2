#pragma once
// Resolver: from a host name to addresses, by the system's resolver. Multicast DNS names (.local, RFC 6762) work where
// the system resolves them.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.hpp"

namespace sluice::net {

class Resolver {
 public:
  using Handler = std::function<void(std::vector<IpAddress>)>;

  explicit Resolver(boost::asio::any_io_executor executor) : resolver_{std::move(executor)} {}

  /// Without duplicates, in the system's order (RFC 6724); empty if the name has none. After cancel() the handler is
  /// dropped uncalled.
  void async_resolve(const std::string& host, Handler);
  void cancel();

 private:
  boost::asio::ip::udp::resolver resolver_;
  std::shared_ptr<const bool> wanted_ = std::make_shared<const bool>(true);  // until cancel()
};

}  // namespace sluice::net
