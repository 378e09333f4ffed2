#pragma once
// Message: one message of a data channel, exactly as it was sent.   RFC 8831 §6.6
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// Text or binary, never both; may be empty. Text is UTF-8 as the peer sent it, not validated.
class Message {
 public:
  enum class Kind { text, binary };

  Message() = default;
  Message(Kind kind, std::vector<std::byte> data) noexcept : kind_{kind}, data_{std::move(data)} {}

  Kind kind() const noexcept { return kind_; }
  bool is_text() const noexcept { return kind_ == Kind::text; }
  std::size_t size() const noexcept { return data_.size(); }  ///< In bytes.
  std::span<const std::byte> bytes() const noexcept { return data_; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data_.data()), data_.size()}; }
  /// The bytes, without a copy.
  std::vector<std::byte> take() && noexcept { return std::move(data_); }

  friend bool operator==(const Message&, const Message&) = default;

 private:
  Kind kind_ = Kind::binary;
  std::vector<std::byte> data_{};
};

}  // namespace sluice
