#pragma once
// The command line of the peer.
#include <sluice/sluice.hpp>
#include <string>

#include "support/negotiation.hpp"

namespace peer {

struct PeerOptions {
  bool offerer = true;
  bool start = true;  // offer without being told to
  bool echo = true;
  std::string label{};     // of the first channel; empty: none
  std::string greeting{};  // the first message on it; empty: none
  sluice::DataChannelInit channel{};
  sluice::Configuration configuration{};
  example::Negotiation::Options negotiation{};
};

/// Prints the usage and exits if an argument is wrong.
PeerOptions parse_options(int argc, char* argv[]);

}  // namespace peer
