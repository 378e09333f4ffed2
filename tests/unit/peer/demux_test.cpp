#include "peer/demux.hpp"

#include "support/catch.hpp"

namespace sluice::peer {
namespace {

TEST_CASE("the first byte says which protocol a datagram belongs to", "[peer][rfc7983-7]") {
  for (unsigned first = 0; first <= 255; ++first) {
    const auto octet = static_cast<std::byte>(first);
    const auto expected = first <= 3 ? Protocol::stun : first >= 20 && first < 64 ? Protocol::dtls : Protocol::other;
    INFO("first byte " << first);
    CHECK(demultiplex(ByteView{&octet, 1}) == expected);
  }
  CHECK(demultiplex({}) == Protocol::other);
}

}  // namespace
}  // namespace sluice::peer
