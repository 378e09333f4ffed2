#pragma once
// Link: one connection whose signaling are lines of JSON on standard input and output; the rest goes to stderr.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <sluice/sluice.hpp>
#include <string>

#include "support/describe.hpp"
#include "support/lines.hpp"
#include "support/negotiation.hpp"
#include "support/options.hpp"

namespace example {

/// What --ice-server, --turn-user and --turn-pass say.
sluice::Configuration configuration_of(const Options&);

class Link {
 public:
  Link(boost::asio::any_io_executor, sluice::Configuration, bool trickle);

  sluice::PeerConnection& connection() { return connection_; }
  void offer() { negotiation_.offer(); }
  /// From now on the lines of standard input go to the negotiation. If they end without a description, all is over.
  void start_reading();
  /// Says on stderr how long it took and which path was chosen.
  void report_connected() const;

 private:
  boost::asio::awaitable<void> read_signaling();

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  sluice::PeerConnection connection_;
  Negotiation negotiation_;
  InputLines lines_;
};

/// Runs one coroutine until its end. Prints its error, if any, to stderr; returns the exit code.
int run(boost::asio::io_context&, boost::asio::awaitable<void>);

}  // namespace example
