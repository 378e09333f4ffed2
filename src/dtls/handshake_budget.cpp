#include "dtls/handshake_budget.hpp"

#include "base/reader.hpp"

namespace sluice::dtls {
namespace {

constexpr std::size_t early_records = 6;  // of each kind
constexpr std::uint8_t content_type_change_cipher_spec = 20;

}  // namespace

std::optional<ByteView> HandshakeBudget::admit(ByteView datagram) noexcept {
  if (datagram.size() > bytes_left_) return std::nullopt;
  bytes_left_ -= datagram.size();
  bool changed = false;
  Reader in{datagram};
  for (;;) {
    const auto before = datagram.size() - in.remaining();
    const auto type = in.u8();
    in.skip(2);  // version
    const auto epoch = in.u16();
    in.skip(6);  // sequence number
    const auto length = in.u16();
    in.skip(length);
    if (!in.ok()) return datagram;  // OpenSSL drops what is no record
    changed = changed || (epoch == 0 && type == content_type_change_cipher_spec);
    if (epoch == 0) continue;
    auto& held = changed ? early_.after_change : early_.plain;
    if (held == early_records) return datagram.first(before);
    ++held;
  }
}

}  // namespace sluice::dtls
