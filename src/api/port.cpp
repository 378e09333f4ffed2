#include "api/port.hpp"

namespace sluice::api {

bool Port::send(const TransmitQueue& queue) {
  if (!waiting_.empty()) {  // they come first
    keep(queue, 0);
    return false;  // somebody waits for writability already
  }
  const auto next = socket_.send(queue, 0);
  if (next != queue.size()) keep(queue, next);
  return !waiting_.empty();
}

bool Port::resume() {
  sent_ = socket_.send(waiting_, sent_);
  if (sent_ != waiting_.size()) return true;
  waiting_.release();
  sent_ = 0;
  return false;
}

void Port::keep(const TransmitQueue& queue, std::size_t from) {
  for (const auto& entry : queue.entries().subspan(from)) {
    if (entry.path.local != socket_.id()) continue;
    if (waiting_.byte_count() + entry.length > max_waiting) return;
    waiting_.push(entry.path, queue.bytes(entry));
  }
}

}  // namespace sluice::api
