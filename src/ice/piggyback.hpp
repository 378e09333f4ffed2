#pragma once
// Piggyback: packets of another protocol's handshake that ride in Binding requests and responses.
//   draft-hancke-webrtc-sped
//
// One packet to a message, in turn, until the peer has acknowledged it by its CRC-32. What comes is acknowledged in the
// same way, and told once. read() is for messages that have proved their integrity, and for no others.
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "stun/message.hpp"

namespace sluice::ice {

class Piggyback {
 public:
  enum class Mode : std::uint8_t {
    off,      // nothing is written, and what comes is not looked at
    offered,  // written only once the peer has done so: it has accepted, and the word of it is on its way
    on,
  };

  void set_mode(Mode);
  /// The packets of the current flight; those before are not needed any more.
  void carry(std::vector<Bytes> flight);
  /// This packet has come by itself.
  void note_received(ByteView packet) noexcept;

  /// The last attributes before the integrity. A packet that would make the message too long waits for a shorter one.
  void write(stun::Builder&);
  /// The packet in a message, unless it has come before.
  std::optional<Bytes> read(const stun::Message&);

 private:
  struct Carried {
    Bytes packet;
    std::uint32_t checksum = 0;
  };
  static constexpr std::size_t most_acknowledgements = 4;

  bool remember(std::uint32_t checksum) noexcept;
  void handle_acknowledgements(ByteView list);

  Mode mode_ = Mode::off;
  bool peer_uses_it_ = false;
  std::vector<Carried> flight_{};
  std::size_t turn_ = 0;
  std::array<std::uint32_t, most_acknowledgements> received_{};  // the oldest first
  std::size_t received_count_ = 0;
};

}  // namespace sluice::ice
