#include "ice/mdns_responder.hpp"

#include <algorithm>

namespace sluice::ice {
namespace {

using namespace std::chrono_literals;

constexpr Duration multicast_interval = 1s;  // RFC 6762 §6, of the same record on the same interface
constexpr Duration announcement_interval = 1s;
constexpr unsigned announcements = 2;                      // RFC 6762 §8.3
constexpr Duration recently = mdns_lifetime / 4;           // RFC 6762 §5.4
constexpr std::chrono::seconds legacy_lifetime{10};        // RFC 6762 §6.7
constexpr auto known_lifetime_wanted = mdns_lifetime / 2;  // RFC 6762 §7.1

bool knows_already(const MdnsMessage& query, const MdnsRecord& record) {
  return std::ranges::any_of(query.records, [&](const MdnsRecord& known) {
    return known.name == record.name && known.address == record.address && known.ttl >= known_lifetime_wanted;
  });
}

}  // namespace

void MdnsResponder::publish(TimePoint now, const MdnsName& name, const IpAddress& address,
                            std::span<const MdnsSocket> where) {
  names_[name] = {.address = address};
  relocate(now, name, where);
}

void MdnsResponder::relocate(TimePoint now, const MdnsName& name, std::span<const MdnsSocket> where) {
  const auto found = names_.find(name);
  if (found == names_.end()) return;
  auto& places = found->second.places;
  std::erase_if(places, [&](const Place& each) {
    if (std::ranges::find(where, each.socket) != where.end()) return false;
    say_goodbye(name, found->second.address, each);
    return true;
  });
  for (const auto& socket : where) {
    if (std::ranges::find(places, socket, &Place::socket) != places.end()) continue;
    places.push_back({.socket = socket, .due = now + multicast_interval, .announcements = announcements});
  }
}

void MdnsResponder::retract(const MdnsName& name) {
  const auto retracted = names_.extract(name);
  if (!retracted) return;
  const auto& [address, places] = retracted.mapped();
  for (const auto& place : places) say_goodbye(name, address, place);
}

void MdnsResponder::say_goodbye(const MdnsName& name, const IpAddress& address, const Place& place) {
  if (!place.multicast) return;
  outbox_.push({place.socket.id, place.socket.group()},
               to_bytes(MdnsResponse{{.name = name, .address = address, .ttl = 0s}}));
}

void MdnsResponder::handle_query(TimePoint now, const Path& from, const MdnsMessage& query) {
  if (query.response) return;
  for (const auto& question : query.questions) answer(now, from, query, question);
}

void MdnsResponder::answer(TimePoint now, const Path& from, const MdnsMessage& query, const MdnsQuestion& question) {
  const auto found = names_.find(question.name);
  if (found == names_.end()) return;
  auto& [address, places] = found->second;
  const auto place = std::ranges::find(places, from.local, [](const Place& each) { return each.socket.id; });
  if (place == places.end()) return;
  const MdnsResponse response{.record = {.name = question.name, .address = address},
                              .denies = !question.any && question.family != address.family()};
  if (knows_already(query, response.record)) return;
  if (from.remote.port != mdns_port) return answer_legacy(now, from, query.id, question, response);
  const auto& last = place->multicast;
  if (question.unicast_response && last && now - *last < recently) return unicast(now, from, response);
  if (!last || now - *last >= multicast_interval) return multicast(now, *place, response);
  if (response.denies) return;  // the answer of a moment ago has said that, too
  place->announcements = std::max(place->announcements, 1U);
  place->due = std::min(place->due, *last + multicast_interval);
}

// §6.7: for who does not know of multicast DNS.
void MdnsResponder::answer_legacy(TimePoint now, const Path& from, std::uint16_t id, const MdnsQuestion& question,
                                  MdnsResponse response) {
  response.record.ttl = legacy_lifetime;
  response.record.cache_flush = false;
  response.id = id;
  response.question = question;
  response.question->unicast_response = false;
  unicast(now, from, response);
}

void MdnsResponder::unicast(TimePoint now, const Path& to, const MdnsResponse& response) {
  if (now - second_begins_ >= 1s) {
    second_begins_ = now;
    unicasts_ = 0;
  }
  if (++unicasts_ <= max_unicasts) outbox_.push(to, to_bytes(response));
}

void MdnsResponder::multicast(TimePoint now, Place& place, const MdnsResponse& response) {
  outbox_.push({place.socket.id, place.socket.group()}, to_bytes(response));
  place.multicast = now;
}

void MdnsResponder::handle_timeout(TimePoint now) {
  for (auto& [name, published] : names_) {
    for (auto& place : published.places) {
      if (now < place.due) continue;
      if (place.multicast && now - *place.multicast < multicast_interval) {
        place.due = *place.multicast + multicast_interval;
        continue;
      }
      multicast(now, place, {.record = {.name = name, .address = published.address}});
      place.due = --place.announcements != 0 ? now + announcement_interval : never;
    }
  }
}

void MdnsResponder::poll_transmit(TransmitQueue& out) {
  for (const auto& entry : outbox_.entries()) out.push(entry.path, outbox_.bytes(entry));
  outbox_.clear();
}

TimePoint MdnsResponder::next_timeout() const noexcept {
  auto earliest = never;
  for (const auto& [name, published] : names_) {
    for (const auto& place : published.places) earliest = std::min(earliest, place.due);
  }
  return earliest;
}

}  // namespace sluice::ice
