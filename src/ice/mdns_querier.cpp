#include "ice/mdns_querier.hpp"

#include <algorithm>

namespace sluice::ice {
namespace {

using namespace std::chrono_literals;

constexpr Duration first_interval = 1s;  // RFC 6762 §5.2: at least; and each is at least twice the one before

// The one address that the message has for this name; several are reported as "0.0.0.0".
std::optional<MdnsRecord> only_record(const MdnsMessage& message, const MdnsName& name) {
  std::optional<MdnsRecord> found;
  for (const auto& record : message.records) {
    if (record.name != name || record.ttl == 0s) continue;
    if (found && found->address != record.address) return MdnsRecord{.name = name};
    found = record;
  }
  return found;
}

}  // namespace

bool MdnsQuerier::ask(TimePoint now, const MdnsName& name) {
  std::erase_if(known_, [&](const Known& each) { return each.ends <= now; });
  const auto known = std::ranges::find(known_, name, &Known::name);
  if (known != known_.end()) {
    answers_.push_back({name, known->address});
    return true;
  }
  if (std::ranges::find(questions_, name, &Question::name) != questions_.end()) return true;
  if (questions_.size() == max_questions) return false;
  questions_.push_back({name, now + first_interval, first_interval, now + limit});
  to_send_.push_back(name);
  return true;
}

void MdnsQuerier::forget(const MdnsName& name) {
  std::erase_if(questions_, [&](const Question& each) { return each.name == name; });
  std::erase(to_send_, name);
}

void MdnsQuerier::handle_response(TimePoint now, const MdnsMessage& message) {
  if (!message.response) return;
  for (const auto& record : message.records) correct_known(now, record);
  std::erase_if(questions_, [&](const Question& question) {
    const auto record = only_record(message, question.name);
    if (!record) return false;
    const bool one = !record->address.is_unspecified();
    if (one) remember(now, *record);
    answers_.push_back({question.name, one ? std::optional{record->address} : std::nullopt});
    return true;
  });
}

void MdnsQuerier::remember(TimePoint now, const MdnsRecord& record) {
  if (known_.size() == max_known) known_.erase(std::ranges::min_element(known_, {}, &Known::ends));
  known_.push_back({record.name, record.address, now + std::min(record.ttl, mdns_lifetime)});
}

// RFC 6762 §10.1, §10.2
void MdnsQuerier::correct_known(TimePoint now, const MdnsRecord& record) {
  const auto known = std::ranges::find(known_, record.name, &Known::name);
  if (known == known_.end()) return;
  known->address = record.address;
  known->ends = now + std::min(record.ttl, mdns_lifetime);
}

void MdnsQuerier::handle_timeout(TimePoint now) {
  std::erase_if(questions_, [&](Question& question) {
    if (now >= question.ends) {
      answers_.push_back({question.name, std::nullopt});
      return true;
    }
    if (now >= question.due) {
      to_send_.push_back(question.name);
      question.interval *= 2;
      question.due = now + question.interval;
    }
    return false;
  });
}

void MdnsQuerier::poll_transmit(std::span<const MdnsSocket> sockets, TransmitQueue& out) {
  for (const auto& name : std::exchange(to_send_, {})) {
    for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
      const auto message = to_bytes(MdnsQuestion{.name = name, .family = family});
      for (const auto& socket : sockets) out.push({socket.id, socket.group()}, message);
    }
  }
}

std::optional<MdnsQuerier::Answer> MdnsQuerier::poll_answer() {
  if (answers_.empty()) return std::nullopt;
  auto answer = std::move(answers_.front());
  answers_.pop_front();
  return answer;
}

TimePoint MdnsQuerier::next_timeout() const noexcept {
  auto earliest = never;
  for (const auto& question : questions_) earliest = std::min({earliest, question.due, question.ends});
  return earliest;
}

}  // namespace sluice::ice
