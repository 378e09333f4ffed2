#pragma once
// One Channels under test, and what a peer would send it.
#include <string>
#include <vector>

#include "dcep/channels.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::dcep::test {

using namespace std::chrono_literals;
using sluice::test::text_bytes;

constexpr StreamId stream(int id) { return static_cast<StreamId>(id); }

struct Peer {
  explicit Peer(Limits limits = {}) : channels{limits} {}

  /// Connected, with the even ids.
  static Peer connected(std::uint16_t streams = 256, Limits limits = {}) {
    Peer peer{limits};
    peer.channels.handle_role(Side::even);
    peer.channels.handle_connected(peer.now, streams);
    return peer;
  }

  ChannelId open(ChannelInit init = {.label = "chat"}) {
    const auto channel = channels.open(now, std::move(init));
    REQUIRE(channel.has_value());
    return *channel;
  }

  /// A channel without an event or a message left to poll, as the peer's ACK leaves it.
  ChannelId open_and_ack(ChannelInit init = {.label = "chat"}) {
    const auto channel = open(std::move(init));
    flush();
    receive(*channels.id(channel), Ppid::dcep, serialize(Ack{}));
    events();
    return channel;
  }

  ChannelId announce(int id, const Open& open = {.label = "theirs"}) {
    receive(id, Ppid::dcep, serialize(open));
    const auto all = events();
    REQUIRE(all.size() == 1);
    REQUIRE(std::holds_alternative<Announced>(all[0]));
    return std::get<Announced>(all[0]).channel;
  }

  void receive(int id, Ppid ppid, Bytes message) { channels.handle_message(now, stream(id), ppid, std::move(message)); }
  void incoming_reset(int id) { channels.handle_incoming_reset(now, stream(id)); }
  void outgoing_reset(int id) { channels.handle_outgoing_reset(now, stream(id)); }

  void enqueue(ChannelId channel, std::string_view text) {
    REQUIRE(channels.prepare(channel, Kind::text, as_bytes(text)).has_value());
    channels.enqueue(now, channel, Kind::text, text_bytes(text));
  }

  std::vector<Event> events() {
    std::vector<Event> all;
    while (auto event = channels.poll_event()) all.push_back(std::move(*event));
    return all;
  }

  /// How many events of one type wait; all are taken.
  template <class Type>
  std::size_t count() {
    std::size_t found = 0;
    for (const auto& event : events()) found += std::holds_alternative<Type>(event) ? std::size_t{1} : 0;
    return found;
  }

  /// The only event that waits.
  template <class Type>
  Type only() {
    auto all = events();
    REQUIRE(all.size() == 1);
    REQUIRE(std::holds_alternative<Type>(all[0]));
    return std::get<Type>(std::move(all[0]));
  }

  /// Everything queued, as "stream/ppid:text", in the order in which it leaves.
  std::vector<std::string> flush() {
    std::vector<std::string> sent;
    while (const auto out = channels.next_outgoing(now)) {
      sent.push_back(std::to_string(raw(out->stream)) + "/" + std::to_string(raw(out->ppid)) +
                     (out->ppid == Ppid::string ? ":" + std::string{as_text(out->message)} : ""));
      channels.pop_outgoing();
    }
    return sent;
  }

  std::vector<int> resets() {
    std::vector<int> ids;
    for (const auto id : channels.poll_resets()) ids.push_back(raw(id));
    return ids;
  }

  TimePoint now{};
  Channels channels;
};

using Sent = std::vector<std::string>;
using Ids = std::vector<int>;

}  // namespace sluice::dcep::test
