// The DCEP codec, and Channels fed with any messages, resets and commands in any order.   RFC 8832
//
// Whatever a peer does: no assertion fails, what is written reads the same again, and no limit is passed.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/overloaded.hpp"
#include "base/reader.hpp"
#include "dcep/channels.hpp"

namespace {

using namespace sluice;
using namespace sluice::dcep;

void require(bool condition) {
  if (!condition) std::abort();
}

void fuzz_codec(ByteView input) {
  const auto message = parse(input);
  if (!message) return;
  if (const auto* const open = std::get_if<Open>(&*message)) {
    if (open->label.size() > 65535 || open->protocol.size() > 65535) return;  // U+FFFD is longer than what it replaces
    const auto again = parse(serialize(*open));
    require(again.has_value() && std::get<Open>(*again) == *open);
  }
}

class Session {
 public:
  explicit Session(ByteView script) : in_{script} {}

  void run() {
    while (in_.remaining() != 0) {
      step(in_.u8());
      drain();
    }
    channels_.handle_disconnected(Failure{Reason::sctp_failed}, 12);
    drain();
    for (const auto channel : known_) {
      require(channels_.state(channel) == State::closed);
      channels_.forget(channel);
    }
    require(channels_.idle());
  }

 private:
  static constexpr std::size_t limit = 16;

  void step(std::uint8_t action) {
    switch (action % 12) {
      case 0:
        return role(in_.u8());
      case 1:
        return channels_.handle_connected(now_, in_.u16());
      case 2:
        return message();
      case 3:
        return channels_.handle_incoming_reset(now_, stream());
      case 4:
        return channels_.handle_outgoing_reset(now_, stream());
      case 5:
        return time();
      case 6:
        return open();
      case 7:
        return send();
      case 8:
        return channels_.close(channel());
      case 9:
        return pop();
      case 10:
        return channels_.set_buffered_amount_low_threshold(channel(), in_.u8());
      default:
        return forget();
    }
  }

  void role(std::uint8_t choice) {
    channels_.handle_role(choice % 2 == 0 ? Side::even : Side::odd);
    if ((choice & 2) != 0) channels_.handle_connecting();
  }

  StreamId stream() { return static_cast<StreamId>(in_.u8() % 32); }
  ChannelId channel() { return static_cast<ChannelId>(in_.u8() % 64); }

  void message() {
    const auto id = stream();
    const auto ppid = static_cast<Ppid>(48 + in_.u8() % 12);
    const auto view = in_.bytes(std::min<std::size_t>(in_.u8(), in_.remaining()));
    channels_.handle_message(now_, id, ppid, {view.begin(), view.end()});
  }

  void time() {
    now_ += std::chrono::milliseconds{in_.u8()};
    channels_.handle_timeout(now_);
    require(channels_.next_timeout() > now_);
  }

  void open() {
    const auto flags = in_.u8();
    ChannelInit init{.label = "fuzz", .ordered = (flags & 1) != 0, .negotiated = (flags & 2) != 0};
    if ((flags & 4) != 0) init.max_retransmits = in_.u8();
    if ((flags & 8) != 0) init.max_packet_life_time = in_.u8();
    if ((flags & 16) != 0) init.id = static_cast<std::uint16_t>(in_.u8() % 32);
    if (const auto opened = channels_.open(now_, std::move(init))) known_.push_back(*opened);
  }

  void send() {
    const auto key = channel();
    const auto data = in_.bytes(std::min<std::size_t>(in_.u8(), in_.remaining()));
    if (channels_.state(key) == State::connecting) {
      static_cast<void>(channels_.enqueue_early(now_, key, Kind::binary, {data.begin(), data.end()}));
    } else if (channels_.prepare(key, Kind::binary, data)) {
      channels_.enqueue(now_, key, Kind::binary, {data.begin(), data.end()});
    }
    require(channels_.buffered_amount(key) <= 256);
  }

  void pop() {
    const auto out = channels_.next_outgoing(now_);
    if (!out) return;
    const auto again = channels_.next_outgoing(now_);
    require(again && again->message.data() == out->message.data() && !out->message.empty());
    if (in_.u8() % 2 == 0) channels_.pop_outgoing();
  }

  void forget() {
    const auto key = channel();
    if (channels_.state(key) == State::closed) std::erase(known_, key);
    channels_.forget(key);
  }

  void drain() {
    while (const auto event = channels_.poll_event()) {
      if (const auto* const announced = std::get_if<Announced>(&*event)) known_.push_back(announced->channel);
    }
    for (const auto id : channels_.poll_resets()) require(raw(id) < 32);
    std::size_t alive = 0;
    for (const auto key : known_) alive += channels_.state(key) == State::closed ? 0U : 1U;
    require(alive <= limit);
  }

  Reader in_;
  TimePoint now_{};
  Channels channels_{{.channels = limit, .label_and_protocol = 64, .buffered_amount = 256}};
  std::vector<ChannelId> known_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span{data, size});
  fuzz_codec(input);
  Session{input}.run();
  return 0;
}
