#pragma once
// Our addresses and those of the socket library.
#include <boost/asio/ip/udp.hpp>

#include "base/endpoint.hpp"

namespace sluice::net {

boost::asio::ip::address to_asio(const IpAddress&);
IpAddress from_asio(const boost::asio::ip::address&);

inline boost::asio::ip::udp::endpoint to_asio(const Endpoint& endpoint) {
  return {to_asio(endpoint.address), endpoint.port};
}
inline Endpoint from_asio(const boost::asio::ip::udp::endpoint& endpoint) {
  return {from_asio(endpoint.address()), endpoint.port()};
}

}  // namespace sluice::net
