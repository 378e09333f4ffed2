#include "net/resolver.hpp"

#include <algorithm>

#include "net/address.hpp"

namespace sluice::net {
namespace {

constexpr std::size_t max_addresses = 16;  // of one name

std::vector<IpAddress> addresses_of(const boost::asio::ip::udp::resolver::results_type& results) {
  std::vector<IpAddress> addresses;
  for (const auto& entry : results) {
    const auto address = from_asio(entry.endpoint().address());
    if (addresses.size() == max_addresses) break;
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

void Resolver::async_resolve(const std::string& host, Handler handler) {
  const std::weak_ptr wanted{wanted_};
  resolver_.async_resolve(host, "", [wanted, handler = std::move(handler)](auto error, const auto& results) {
    if (error == boost::asio::error::operation_aborted || wanted.expired()) return;
    handler(error ? std::vector<IpAddress>{} : addresses_of(results));
  });
}

// What has been resolved may already wait for its turn.
void Resolver::cancel() {
  wanted_ = std::make_shared<const bool>(true);
  resolver_.cancel();
}

}  // namespace sluice::net
