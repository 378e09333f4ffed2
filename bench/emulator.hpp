#pragma once
// Emulator: a link between the two processes, in a third one. A UDP relay that delays, loses and limits.
//
// Each end is told, by way of its descriptions, that the other one is at a port of the relay. "path": {"round_trip":
// ms, "jitter": ms, "loss": share, "rate": bits per second, "queue": bytes, "seed": number}, the same in both
// directions, with losses of their own. Packets leave in batches of 100 us, so that the relay keeps up with 1 Gbit/s
// beside two busy ends.
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "process.hpp"
#include "signaling.hpp"

namespace sluice::bench {

class Emulator {
 public:
  explicit Emulator(const nlohmann::json& path);

  /// The descriptions that this end sends and receives lead through the emulator.
  void attach(Signaling& first_end);
  /// A description that the first end sends, and one that it receives, once each.
  std::string outgoing(std::string sdp);
  std::string incoming(std::string sdp);

 private:
  Emulator(std::pair<int, int> descriptors, const nlohmann::json& path);
  void tell(std::size_t side, std::uint16_t port);

  class Control {  // a descriptor
   public:
    explicit Control(int descriptor) : descriptor_{descriptor} {}
    ~Control();
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;
    void write(const nlohmann::json&) const;
    nlohmann::json read() const;

   private:
    int descriptor_;
  };

  Child child_;
  Control control_;  // closed first: that ends the child
  std::array<std::uint16_t, 2> ports_{};
};

/// The relay itself, until the lines end. The first line that it is given is the path.
asio::awaitable<void> emulate(Signaling& lines, const nlohmann::json& path);

}  // namespace sluice::bench
