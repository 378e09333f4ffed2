#pragma once
// MdnsMessage: the part of multicast DNS that gives names of addresses.   RFC 6762 §18, RFC 1035 §4
//
// Questions and address records of MdnsNames; everything else in a message is read over and costs nothing.
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/outcome.hpp"
#include "ice/mdns_name.hpp"

namespace sluice::ice {

inline constexpr std::uint16_t mdns_port = 5353;           // RFC 6762 §3
inline constexpr std::chrono::seconds mdns_lifetime{120};  // RFC 6762 §10, of records that name a host

// A socket that has joined the group on one interface; 224.0.0.251 or ff02::fb (RFC 6762 §3).
struct MdnsSocket {
  SocketId id{};
  IpAddress::Family family = IpAddress::Family::v4;

  Endpoint group() const noexcept;
  friend bool operator==(const MdnsSocket&, const MdnsSocket&) = default;
};

struct MdnsQuestion {
  MdnsName name;
  IpAddress::Family family = IpAddress::Family::v4;  // A or AAAA
  bool any = false;                                  // of either family
  bool unicast_response = false;                     // RFC 6762 §5.4
  friend bool operator==(const MdnsQuestion&, const MdnsQuestion&) = default;
};

struct MdnsRecord {
  MdnsName name;
  IpAddress address{};
  std::chrono::seconds ttl = mdns_lifetime;  // 0: it ends, RFC 6762 §10.1
  bool cache_flush = true;                   // RFC 6762 §10.2
  friend bool operator==(const MdnsRecord&, const MdnsRecord&) = default;
};

enum class MdnsError { truncated, bad_name, too_many, unsupported };

struct MdnsMessage {
  std::uint16_t id = 0;
  bool response = false;
  std::vector<MdnsQuestion> questions{};
  std::vector<MdnsRecord> records{};  // answers and additional ones

  static Outcome<MdnsMessage, MdnsError> parse(ByteView);
};

/// One question a message: Chromium reads no more.
Bytes to_bytes(const MdnsQuestion&);

// An address, and the word that the name has none of the other family (NSEC, RFC 6762 §6.1).
struct MdnsResponse {
  MdnsRecord record;
  bool denies = false;                     // the question was for the other family
  std::uint16_t id = 0;                    // of the query, where §6.7 wants it
  std::optional<MdnsQuestion> question{};  // likewise
};
Bytes to_bytes(const MdnsResponse&);

}  // namespace sluice::ice
