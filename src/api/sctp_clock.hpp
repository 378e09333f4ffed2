#pragma once
// SctpClock: ticks the process-wide SCTP stack as long as anybody needs it.
//
// One timer per execution context with associations, so an idle io_context::run() returns, and a context that nobody
// runs stops no other. Any thread.
#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "sctp/stack.hpp"

namespace sluice::api {

class Driver;

/// With so many associations, until it ticks again. At every tick usrsctp looks at one timer of each, however idle: of
/// ten thousand in more than a millisecond, which would be a tenth of a core every 10 ms. Not longer than 50 ms: a SACK
/// may be 200 ms late, RFC 9260 §6.2.
Duration sctp_tick(std::size_t associations) noexcept;

/// The association's timers run from now on; what they say goes to the driver, on its strand.
void join_sctp_clock(const boost::asio::any_io_executor&, sctp::AssociationId, const std::weak_ptr<Driver>&);
void leave_sctp_clock(const boost::asio::any_io_executor&, sctp::AssociationId);

}  // namespace sluice::api
