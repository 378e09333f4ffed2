#pragma once
// MdnsName: what stands for an address that is not to be told.   draft-ietf-mmusic-mdns-ice-candidates-03 §3.1.1
//
// "<uuid>.local", and no other name is ever asked for or answered: what else has a name on the link is not a peer's to
// probe. Letter case means nothing (RFC 6762 §16); kept in lower case.
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace sluice::ice {

class MdnsName {
 public:
  static std::optional<MdnsName> parse(std::string_view);
  static MdnsName generate(Random&);  // a UUID of version 4, RFC 9562 §5.4

  const std::string& text() const noexcept { return text_; }
  std::string_view uuid() const noexcept { return std::string_view{text_}.substr(0, uuid_length); }

  friend auto operator<=>(const MdnsName&, const MdnsName&) = default;

  static constexpr std::size_t uuid_length = 36;

 private:
  explicit MdnsName(std::string text) noexcept : text_{std::move(text)} {}

  std::string text_;
};

}  // namespace sluice::ice
