#pragma once
// Which section of a description carries data, whose transport it uses, and what that transport is.
//
// In a BUNDLE group the first section that is not rejected (the tagged one) speaks for all of them. RFC 9143 §7.2
#include <optional>
#include <string>
#include <string_view>

#include "sdp/session.hpp"
#include "sdp/signaling.hpp"

namespace sluice::sdp {

// Indices of sections. transport differs from data where data is bundled behind a media section.
struct Placement {
  std::size_t data = 0;
  std::size_t transport = 0;
};

/// What our answer to this offer uses; nothing: no section offered carries data in a way that we can take.
/// data_mid: of the data section negotiated before, preferred if it is offered again; or empty.
std::optional<Placement> place_in_offer(const Session& offer, std::string_view data_mid, BundlePolicy);
/// Where the data section of our offer ended up in the answer; nothing: rejected.
std::optional<Placement> place_in_answer(const Session& answer, std::size_t data);
/// Ours: every section that is not rejected carries the same transport lines.
Placement place_in_own(const Session& own, std::size_t data);

/// Can stay in an answer as inactive media, so that its transport can carry the data section behind it.
bool can_stay_inactive(const Section&);
/// The first format that an answer can accept: it has an rtpmap and is no repair or comfort format.
std::optional<std::string_view> first_codec(const Section&);

/// Complete and well-formed, or Reason::invalid_description. RFC 8839 §5.4, RFC 8841 §5, RFC 8842 §5
Expected<TransportDescription> read_transport(const Session&, const Placement&, Type);
/// What even media that we reject must carry, as browsers demand it: a transport, and a=rtcp-mux. RFC 9429 §5.8.3
std::optional<Failure> check_media(const Session&);
/// ufrag that holds for this section: its own, or the session's.
std::optional<std::string_view> ufrag_of(const Session&, std::size_t section);

bool same_identity(const TransportDescription&, const TransportDescription&);  // fingerprints and tls-id: same DTLS
bool same_credentials(const TransportDescription&, const TransportDescription&);

}  // namespace sluice::sdp
