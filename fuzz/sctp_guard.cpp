// The ingress guard and usrsctp behind it, before and after the set-up of an association.   RFC 9260
//
// The first octet chooses the state; the rest is fed as packets: each a two-byte length and the chunks that follow
// the common header, which is made here, because no fuzzer guesses a verification tag and a checksum.
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "property.hpp"
#include "sctp/association.hpp"
#include "sctp/crc32c.hpp"

namespace {

using namespace sluice;
using namespace sluice::sctp;
using fuzz::property;
using namespace std::chrono_literals;

struct Side {
  Association association{Stack::instance(), {.max_message = 64 * 1024}};
  std::uint32_t tag = 0;  // of what it sends
  bool ended = false;
};

class Pair {
 public:
  explicit Pair(unsigned stage) {
    bob_.association.connect(now_);
    if (stage == 0) return;
    alice_.association.connect(now_);
    pump();
    if (stage < 2) return;
    constexpr std::array<std::byte, 3000> message{};
    alice_.association.send(now_, StreamId{1}, Ppid::binary, message, {});
    bob_.association.send(now_, StreamId{2}, Ppid::binary, message, {.ordered = false, .max_retransmits = 0});
    if (stage > 2) pump();
  }

  void feed(ByteView chunks, bool init) {
    Bytes packet;
    Writer out{packet};
    out.u16(5000);
    out.u16(5000);
    out.u32(init ? 0 : alice_.tag);
    out.u32(0);
    out.bytes(chunks);
    seal(packet);
    bob_.association.handle_packet(now_, packet);
    pump();
  }

  void pass(Duration duration) {
    now_ += duration;
    std::vector<AssociationId> woken;
    Stack::instance().advance(now_, woken);
    for (auto* side : {&alice_, &bob_}) {
      side->association.handle_wake(now_);
      side->association.handle_timeout(now_);
    }
    pump();
  }

 private:
  void pump() {
    for (unsigned rounds = 0; rounds < 200; ++rounds) {
      if (!move(alice_, bob_) && !move(bob_, alice_)) return;
    }
  }

  bool move(Side& from, Side& to) {
    bool moved = false;
    while (const auto packet = from.association.poll_packet()) {
      Bytes copy{packet->begin(), packet->end()};
      property(copy.size() >= 16 && copy.size() <= AssociationOptions{}.max_packet, "a packet has a sane size");
      Reader in{copy};
      in.skip(4);
      if (const auto tag = in.u32()) from.tag = tag;
      to.association.handle_packet(now_, copy);
      moved = true;
    }
    while (const auto event = from.association.poll_event()) {
      property(!from.ended, "nothing is told after the end");
      if (const auto* received = std::get_if<Received>(&*event)) {
        property(!received->message.empty() && received->message.size() <= 64 * 1024, "a message keeps the limit");
      }
      if (std::holds_alternative<Aborted>(*event) || std::holds_alternative<Closed>(*event)) from.ended = true;
      moved = true;
    }
    return moved;
  }

  TimePoint now_{1s};
  Side alice_{};
  Side bob_{};
};

void guard_alone(ByteView input) {
  for (const bool established : {false, true}) {
    Guard guard{{.local = 5000, .remote = 5000}};
    if (established) guard.handle_established();
    Bytes packet{input.begin(), input.end()};
    if (guard.inspect(packet) == Verdict::drop) continue;
    property(packet.size() == input.size(), "the guard changes no length");
    Guard second{{.local = 5000, .remote = 5000}};
    if (established) second.handle_established();
    property(second.inspect(packet) != Verdict::drop, "what was neutralised is acceptable");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span{data, size});
  guard_alone(input);

  Reader in{input};
  const auto choice = in.u8();
  Pair pair{choice & 3U};
  while (in.ok() && in.remaining() != 0) {
    const auto control = in.u16();
    const auto length = std::min<std::size_t>(control & 0x7ffU, in.remaining());
    pair.feed(in.bytes(length), (control & 0x8000U) != 0);
    if ((control & 0x4000U) != 0) pair.pass(300ms);
  }
  pair.pass(1s);
  return 0;
}
