// The sending half of Association: packets, as large as the path carries them.   RFC 8899
#include <cassert>

#include "base/reader.hpp"
#include "sctp/association.hpp"

namespace sluice::sctp {
namespace {

constexpr std::uint32_t taken = 16'384;  // of the peer's packets, as RFC 6347 §4.1 lets a record have

std::uint32_t verification_tag_of(ByteView packet) {
  Reader in{packet};
  in.skip(4);  // ports
  return in.u32();
}

}  // namespace

void Association::handle_path(bool may_be_probed) {
  path_mtu_.handle_path(may_be_probed);
  follow_path_mtu();
  assert(consistent());
}

std::optional<ByteView> Association::poll_packet() {
  auto packet = next_packet();
  if (!packet) packet = next_probe();
  if (packet) ++counters_.packets_sent;
  return packet;
}

std::optional<ByteView> Association::next_packet() {
  if (const auto part = parts_.pop()) return part;
  auto packet = recent_.next();
  if (!packet) packet = next_new_packet();
  if (!packet || packet->size() <= path_mtu_.size()) return packet;
  split_packet(*packet, path_mtu_.size(), parts_);
  return parts_.pop();
}

std::optional<ByteView> Association::next_new_packet() {
  if (socket_.is_open()) sending_.flush();
  const auto packet = attachment_.outbox.pop();
  if (!packet) return std::nullopt;
  recent_.note(*packet);
  if (const auto tag = verification_tag_of(*packet); tag != 0) verification_tag_ = tag;
  path_mtu_.handle_sent(now_, packet->size());
  return packet;
}

// Behind all data, which it never delays.
std::optional<ByteView> Association::next_probe() {
  if (!set_up_ || !socket_.is_open()) return std::nullopt;
  const auto probe = path_mtu_.poll_probe(now_);
  if (!probe) return std::nullopt;
  parts_.push(make_probe({options_.port, options_.remote_port, verification_tag_}, *probe));
  return parts_.pop();
}

void Association::handle(const Guard::Probes& probes) {
  path_mtu_.handle_received();
  if (probes.answered) path_mtu_.handle_answer(now_, *probes.answered, probes.limit);
  if (probes.asked && verification_tag_ != 0) {
    parts_.push(make_probe_answer({options_.port, options_.remote_port, verification_tag_}, *probes.asked, taken));
  }
}

void Association::follow_path_mtu() {
  if (packet_limit_ == path_mtu_.size() || !set_up_ || !socket_.is_open()) return;
  packet_limit_ = path_mtu_.size();
  socket_.set_path_mtu(packet_limit_);
}

}  // namespace sluice::sctp
