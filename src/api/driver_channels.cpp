// The driver's channels: creation from any thread, and what the engine says about them.
#include <boost/asio/dispatch.hpp>

#include "api/driver.hpp"
#include "api/error.hpp"

namespace sluice::api {
namespace {

constexpr std::size_t longest_text = 65535;  // W3C §6.1.2: label and protocol, in bytes
constexpr std::chrono::milliseconds longest_life{65535};
constexpr std::size_t full_channels = 16;     // whose queues fill a connection, see Limits::receive_queue_bytes
constexpr std::uint16_t reserved_id = 65535;  // RFC 8832 §6
constexpr std::size_t flush_size = 64 * 1024;

// W3C §6.1.2, the checks that need no connection, in its order.
error_code check(const std::string& label, const DataChannelInit& init) {
  if (label.size() > longest_text || init.protocol.size() > longest_text) return Error::bad_argument;
  if (init.negotiated && !init.id) return Error::bad_argument;
  if (init.max_packet_life_time && init.max_retransmits) return Error::bad_argument;
  const auto life = init.max_packet_life_time.value_or(std::chrono::milliseconds{0});
  if (life.count() < 0 || life > longest_life) return Error::bad_argument;
  if (init.negotiated && init.id == reserved_id) return Error::bad_argument;
  return {};
}

dcep::ChannelInit to_core(const DataChannel::Impl& channel) {
  const auto& init = channel.init;
  dcep::ChannelInit core{.label = channel.label, .protocol = init.protocol, .ordered = init.ordered};
  core.max_retransmits = init.max_retransmits;
  if (init.max_packet_life_time) {
    core.max_packet_life_time = static_cast<std::uint16_t>(init.max_packet_life_time->count());
  }
  core.negotiated = init.negotiated;
  if (init.negotiated) core.id = init.id;
  return core;
}

DataChannelInit to_public(const dcep::ChannelInit& core, std::optional<std::uint16_t> id) {
  DataChannelInit init{.ordered = core.ordered, .max_retransmits = core.max_retransmits, .protocol = core.protocol};
  if (core.max_packet_life_time) init.max_packet_life_time = std::chrono::milliseconds{*core.max_packet_life_time};
  init.negotiated = core.negotiated;
  init.id = id;
  return init;
}

RtcError to_channel_error(const std::optional<Failure>& failure, std::uint16_t cause) {
  if (!failure) return {};
  auto error = to_rtc_error(*failure);
  if (cause != 0) error.sctp_cause_code = cause;
  return error;
}

}  // namespace

Driver::ChannelPtr Driver::create_channel(std::string label, DataChannelInit init, error_code& error) {
  error = snapshot_->closed.load() ? error_code{Error::closed} : check(label, init);
  if (error) return nullptr;
  const bool here = on_strand();
  if (!here) error = reserve_id(init);
  if (error) return nullptr;
  if (!init.negotiated) init.id.reset();  // W3C §6.1.2: ignored
  auto channel = make_channel(std::move(label), std::move(init));
  if (here) {
    error = open_channel(channel);
    return error ? nullptr : channel;
  }
  asio::post(strand_, [self = shared_from_this(), channel] {
    self->release_id(channel->init);
    const auto failed = self->closed() ? error_code{Error::closed} : self->open_channel(channel);
    if (failed) channel->handle_closed({failed, self->snapshot_->read(&Snapshot::last_error).text, {}, {}, {}, {}});
    if (failed) self->ended_channels_.push_back(channel);
  });
  return channel;
}

Driver::ChannelPtr Driver::make_channel(std::string label, DataChannelInit init) {
  auto channel = std::make_shared<DataChannel::Impl>(*this, std::move(label), std::move(init));
  own_streams(channel);
  return channel;
}

// Elsewhere than on the strand: as far as the last event tells.
error_code Driver::reserve_id(const DataChannelInit& init) {
  error_code error;
  if (!init.negotiated) return error;
  snapshot_->write([&](Snapshot& s) {
    if (s.ids_in_use.contains(*init.id) || s.ids_reserved.contains(*init.id)) {
      error = Error::id_in_use;
    } else if (s.max_channels && *init.id >= *s.max_channels) {
      error = Error::no_free_id;
    } else {
      s.ids_reserved.insert(*init.id);
    }
  });
  return error;
}

void Driver::release_id(const DataChannelInit& init) {
  if (init.negotiated) snapshot_->write([&](Snapshot& s) { s.ids_reserved.erase(*init.id); });
}

error_code Driver::open_channel(const ChannelPtr& channel) {
  if (closed()) return Error::closed;
  const auto now = Clock::now();
  const auto id = engine_->create_data_channel(now, to_core(*channel));
  if (!id) {
    note_failure(id.error());
    return to_error_code(id.error());
  }
  channel->core = *id;
  channels_.emplace(*id, channel);
  ids_changed_ = true;
  drain(now);
  // Closed by its creator while the call was on its way here.
  if (channel->own_state == DataChannelState::closing) close_channel(*channel);
  return {};
}

DataChannel::Impl* Driver::find(peer::ChannelId id) {
  const auto found = channels_.find(id);
  return found == channels_.end() ? nullptr : found->second.get();
}

error_code Driver::send(DataChannel::Impl& channel, dcep::Kind kind, ByteView data) {
  const auto refuse = [&](error_code error) {
    channel.buffered -= data.size();
    return error;
  };
  if (closed() || !channel.core) return refuse(Error::closed);
  const auto now = Clock::now();
  const auto sent = channel.was_open ? engine_->send(now, *channel.core, kind, data)
                                     : engine_->send_early(now, *channel.core, kind, data);
  if (!sent) return refuse(to_error_code(sent.error()));
  channel.in_core += data.size();
  if (!std::exchange(channel.draining, true)) draining_.push_back(&channel);
  unflushed_ += data.size();
  if (unflushed_ >= flush_size) transmit(now);  // so that the peer works on while this turn goes on
  schedule_drain();
  return {};
}

void Driver::close_channel(DataChannel::Impl& channel) {
  channel.opened.discard();  // W3C §6.2.3: it is not open any more
  if (closed() || !channel.core) return;
  const auto now = Clock::now();
  engine_->close_channel(now, *channel.core);
  drain(now);
}

void Driver::handle(const dcep::Opened& opened) {
  ids_changed_ = true;
  stats_.channel_opened();
  if (auto* channel = find(opened.channel)) channel->handle_open();
}

void Driver::handle(const dcep::Announced& announced) {
  const auto& channels = engine_->channels();
  const auto& init = channels.init(announced.channel);
  auto channel = make_channel(init.label, to_public(init, channels.id(announced.channel)));
  channel->core = announced.channel;
  channels_.emplace(announced.channel, channel);
  ids_changed_ = true;
  stats_.channel_opened();
  events_.channel.push(DataChannel{channel});
  channel->handle_open();
}

void Driver::handle(dcep::MessageReceived& received) {
  const auto found = channels_.find(received.channel);
  if (found == channels_.end() || is_unreachable(found->second)) return;
  auto* channel = found->second.get();
  const auto kind = received.kind == dcep::Kind::text ? Message::Kind::text : Message::Kind::binary;
  channel->handle_message({kind, std::move(received.data)});
  if (paused_ || !is_full(*channel)) return;
  paused_ = true;
  engine_->pause_receiving(true);
}

void Driver::handle(const dcep::Closing& closing) {
  if (auto* channel = find(closing.channel)) channel->handle_closing();
}

void Driver::handle(dcep::ChannelClosed& ended) {
  const auto found = channels_.find(ended.channel);
  if (found == channels_.end()) return;
  auto channel = std::move(found->second);
  channels_.erase(found);
  stats_.channel_ended(describe(*channel), channel->was_open);
  engine_->forget_channel(ended.channel);
  ids_changed_ = true;
  if (std::exchange(channel->draining, false)) std::erase(draining_, channel.get());
  channel->handle_closed(to_channel_error(ended.error, ended.sctp_cause));
  ended_channels_.push_back(std::move(channel));
}

DataChannelStats Driver::describe(const DataChannel::Impl& channel) const {
  return stats_.describe(*channel.core, engine_->channels(), channel.state());
}

bool Driver::is_full(const DataChannel::Impl& channel) const noexcept {
  return channel.messages.bytes() > limits_.receive_queue_bytes ||
         channel.messages.size() > limits_.receive_queue_messages ||
         dispatcher_.waiting_bytes() / full_channels > limits_.receive_queue_bytes;
}

// No handle, no handler, no operation: what comes has nobody to go to.
bool Driver::is_unreachable(const ChannelPtr& channel) const noexcept {
  return channel.use_count() == 1 && !channel->messages.consumed();
}

void Driver::resume_receiving() {
  if (!paused_ || closed() || completing_) return;
  for (auto& [id, channel] : channels_) {
    if (is_unreachable(channel)) channel->messages.discard();
  }
  const auto half_empty = [&](const auto& item) {
    const auto& messages = item.second->messages;
    return messages.bytes() <= limits_.receive_queue_bytes / 2 && messages.size() <= limits_.receive_queue_messages / 2;
  };
  if (dispatcher_.waiting_bytes() / full_channels > limits_.receive_queue_bytes / 2) return;
  if (!std::ranges::all_of(channels_, half_empty)) return;
  paused_ = false;
  const auto now = Clock::now();
  engine_->pause_receiving(false);
  engine_->handle_timeout(now);  // reads what has waited
  drain(now);
}

void Driver::publish_amounts() {
  std::erase_if(draining_, [&](DataChannel::Impl* channel) {
    channel->handle_core_amount(engine_->channels().buffered_amount(*channel->core));
    return !(channel->draining = channel->in_core != 0);
  });
}

void Driver::publish_ids() {
  if (!std::exchange(ids_changed_, false)) return;
  std::set<std::uint16_t> ids;
  for (const auto& [core, channel] : channels_) {
    const auto id = engine_->channels().id(core);
    if (!id) continue;
    channel->id.store(*id);
    ids.insert(*id);
  }
  snapshot_->write([&](Snapshot& s) { s.ids_in_use = std::move(ids); });
}

// Forgets ended channels when nothing more can be said to anybody.
void Driver::reap_channels() {
  std::erase_if(ended_channels_, [&](const ChannelPtr& channel) {
    if (channel->has_deliverable_events()) return false;
    const bool nobody_asks = channel.use_count() == 1;
    if (!nobody_asks && !closed() && !channel->empty()) return false;
    channel->detach(dispatcher_);
    return true;
  });
}

}  // namespace sluice::api
