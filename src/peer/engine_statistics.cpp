// What the connection has carried, and where.   W3C webrtc-stats
#include <algorithm>

#include "peer/engine.hpp"

namespace sluice::peer {

Statistics Engine::statistics() const {
  if (last_) return *last_;
  Statistics result{traffic_};
  result.dtls_state = transport_->dtls_state();
  result.dtls_role = transport_->dtls_role();
  if (const auto* session = transport_->session()) {
    result.tls_version = session->version();
    result.dtls_cipher = session->cipher();
    result.remote_certificate = session->peer_certificate();
  }
  const auto* generation = data_generation();
  result.ice = (generation == nullptr ? current_ : *generation).agent->statistics();
  result.sctp = transport_->sctp_statistics();
  return result;
}

// Until a restart has found a path, the generation before carries the data. RFC 8445 §9
const Engine::Generation* Engine::data_generation() const {
  if (current_.agent->data_path()) return &current_;
  const auto works = [](const Generation& each) { return each.agent->data_path().has_value(); };
  const auto found = std::find_if(previous_.rbegin(), previous_.rend(), works);
  return found == previous_.rend() ? nullptr : &*found;
}

bool Engine::admit(const Datagram& datagram) {
  const auto bytes = datagram.bytes.size();
  const auto admits = [&](Generation& each) { return each.agent->admit(datagram.path, bytes); };
  if (!admits(current_) && !std::any_of(previous_.rbegin(), previous_.rend(), admits)) return false;
  ++traffic_.packets_received;
  traffic_.bytes_received += bytes;
  return true;
}

void Engine::poll_transport(const std::optional<Path>& path, TransmitQueue& queue) {
  const auto packets = queue.size();
  const auto bytes = queue.byte_count();
  transport_->poll_transmit(path, queue);
  count_sent(path, queue.size() - packets, queue.byte_count() - bytes);
}

void Engine::close_transport() {
  const auto path = data_path();
  transport_->close(path, unrelayed_);
  count_sent(path, unrelayed_.size(), unrelayed_.byte_count());
  relays_.forward({}, unrelayed_, farewell_);
  unrelayed_.clear();
}

void Engine::count_sent(const std::optional<Path>& path, std::size_t packets, std::size_t bytes) {
  if (!path || packets == 0) return;
  data_generation()->agent->count_sent(*path, packets, bytes);
  traffic_.packets_sent += packets;
  traffic_.bytes_sent += bytes;
}

// A restart may select the same addresses again: that is another pair.
void Engine::note_data_path() {
  if (phase_ == Phase::closed) return;
  const auto* generation = data_generation();
  const auto path = data_path();
  if (path == carrying_.path && (!path || generation->local_ufrag == carrying_.local_ufrag)) return;
  if (path) transport_->repeat_recent();
  carrying_ = {path ? generation->local_ufrag : std::string{}, path};
  ++traffic_.selected_pair_changes;
  events_.push_back(SelectedPairChanged{});
}

}  // namespace sluice::peer
