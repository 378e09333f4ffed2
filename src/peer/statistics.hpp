#pragma once
// What an Engine can tell of itself.   W3C webrtc-stats, transport
//
// Packets are DTLS datagrams over ICE, and bytes what is in them, of the connection's whole life. ICE is that of the
// generation that carries data, or else of the current one.
#include "ice/statistics.hpp"
#include "peer/data_transport.hpp"
#include "sctp/statistics.hpp"

namespace sluice::peer {

struct Traffic {
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint32_t selected_pair_changes = 0;  // between none and one, too
};

struct Statistics : Traffic {
  DtlsState dtls_state = DtlsState::new_;
  std::optional<dtls::Role> dtls_role{};  // none before DTLS starts
  std::string tls_version{};              // "FEFD"; these three are empty before it has connected
  std::string dtls_cipher{};
  Bytes remote_certificate{};  // DER
  ice::Statistics ice{};
  std::optional<sctp::Statistics> sctp{};  // of an association that has ended the last
};

}  // namespace sluice::peer
