#pragma once
// What usrsctp says about an association, between its messages.   RFC 6458 §6.1
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/strong.hpp"

namespace sluice::sctp {

struct CommunicationUp {
  std::uint16_t inbound_streams;
  std::uint16_t outbound_streams;
};
struct CommunicationLost {
  std::uint16_t cause;
  std::string reason;
};
struct Restarted {};
struct ShutdownComplete {};
struct PeerShutsDown {};
struct StreamsReset {
  enum class Side { incoming, outgoing } side;
  std::vector<StreamId> streams;  // empty: all
};
struct PartialDeliveryAborted {
  StreamId stream;
};

using Notification = std::variant<CommunicationUp, CommunicationLost, Restarted, ShutdownComplete, PeerShutsDown,
                                  StreamsReset, PartialDeliveryAborted>;

/// Nothing for what we have no use for.
std::optional<Notification> parse_notification(ByteView);

}  // namespace sluice::sctp
