#pragma once
// Endpoints and those of the system calls.
#include <sys/socket.h>

#include <optional>

#include "base/endpoint.hpp"

namespace sluice::net {

/// Returns the length used.
socklen_t write_sockaddr(const Endpoint&, sockaddr_storage&) noexcept;
/// Nothing if it is neither IPv4 nor IPv6. The object behind the pointer is as large as its family says.
std::optional<Endpoint> read_sockaddr(const sockaddr*) noexcept;

}  // namespace sluice::net
