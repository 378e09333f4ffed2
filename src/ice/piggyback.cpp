#include "ice/piggyback.hpp"

#include <algorithm>

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "crypto/crc32.hpp"

namespace sluice::ice {
namespace {

namespace attribute = stun::attribute;

constexpr std::size_t longest_message = 1200;          // RFC 8831 §5, the draft's "MTU Considerations"
constexpr std::size_t attribute_header = 4;            // RFC 8489 §14
constexpr std::size_t integrity_and_fingerprint = 32;  // that follow: RFC 8489 §14.5, §14.7
constexpr std::size_t longest_list = 16;               // of acknowledgements that are looked at

bool fits(const stun::Builder& message, ByteView packet) noexcept {
  const auto padded = (packet.size() + 3) / 4 * 4;
  return message.view().size() + attribute_header + padded + integrity_and_fingerprint <= longest_message;
}

}  // namespace

void Piggyback::set_mode(Mode mode) {
  if (mode == mode_) return;
  if (mode == Mode::off) *this = {};
  mode_ = mode;
}

void Piggyback::carry(std::vector<Bytes> flight) {
  flight_.clear();
  turn_ = 0;
  for (auto& packet : flight) {
    const auto checksum = crypto::crc32(packet);
    flight_.push_back({std::move(packet), checksum});
  }
}

void Piggyback::note_received(ByteView packet) noexcept {
  if (mode_ != Mode::off) remember(crypto::crc32(packet));
}

// The acknowledgements are there even if there are none: without either attribute the peer would take us for one that
// does not know them.
void Piggyback::write(stun::Builder& message) {
  if (mode_ == Mode::off || (mode_ == Mode::offered && !peer_uses_it_)) return;
  Bytes list;
  Writer out{list};
  for (std::size_t i = 0; i != received_count_; ++i) out.u32(received_[i]);
  message.add(attribute::dtls_in_stun_acknowledgement, list);
  if (flight_.empty()) return;
  const auto& next = flight_[turn_ % flight_.size()];
  if (!fits(message, next.packet)) return;
  message.add(attribute::dtls_in_stun, next.packet);
  turn_ = (turn_ + 1) % flight_.size();
}

std::optional<Bytes> Piggyback::read(const stun::Message& message) {
  if (mode_ == Mode::off) return std::nullopt;
  const auto list = message.get(attribute::dtls_in_stun_acknowledgement);
  const auto packet = message.get(attribute::dtls_in_stun);
  if (list) handle_acknowledgements(*list);
  peer_uses_it_ = peer_uses_it_ || list || packet;
  if (!packet || packet->empty() || !remember(crypto::crc32(*packet))) return std::nullopt;
  return Bytes{packet->begin(), packet->end()};
}

void Piggyback::handle_acknowledgements(ByteView list) {
  Reader in{list};
  for (std::size_t i = 0; i != longest_list; ++i) {
    const auto checksum = in.u32();
    if (!in.ok()) return;
    std::erase_if(flight_, [&](const Carried& each) { return each.checksum == checksum; });
  }
}

// False if it is known already.
bool Piggyback::remember(std::uint32_t checksum) noexcept {
  const auto end = received_.begin() + static_cast<std::ptrdiff_t>(received_count_);
  if (std::find(received_.begin(), end, checksum) != end) return false;
  if (received_count_ == received_.size()) {
    std::rotate(received_.begin(), received_.begin() + 1, received_.end());
    --received_count_;
  }
  received_[received_count_++] = checksum;
  return true;
}

}  // namespace sluice::ice
