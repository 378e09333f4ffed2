#include "sctp/stack.hpp"

#include <usrsctp.h>

#include <cassert>
#include <cerrno>
#include <new>
#include <utility>

#include "sctp/crc32c.hpp"

namespace sluice::sctp {
namespace {

thread_local Attachment* inside = nullptr;

constexpr std::size_t common_header = 12;  // RFC 9260 §3.1
constexpr std::uint32_t most_packets = 1'000'000;

AssociationId id_of(void* address) { return AssociationId{reinterpret_cast<std::uintptr_t>(address)}; }

void write_source_port(MutableBytes packet, std::uint16_t port) {
  packet[0] = static_cast<std::byte>(port >> 8);
  packet[1] = static_cast<std::byte>(port & 0xff);
}

void forbid_what_webrtc_never_uses() {
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  usrsctp_sysctl_set_sctp_asconf_enable(0);  // before AUTH, which it needs
  usrsctp_sysctl_set_sctp_auto_asconf(0);
  usrsctp_sysctl_set_sctp_auth_enable(0);  // CVE-2020-6831
  usrsctp_sysctl_set_sctp_pktdrop_enable(0);
  usrsctp_sysctl_set_sctp_nrsack_enable(0);
}

void suit_fast_and_lossy_paths() {
  usrsctp_sysctl_set_sctp_max_chunks_on_queue(10 * 1024);  // the default of 512 chokes windows above 600 kB
  usrsctp_sysctl_set_sctp_initial_cwnd(most_packets);      // SCTP_MAX_BURST of each socket is less
  usrsctp_sysctl_set_sctp_fr_max_burst_default(4);         // 0 aborts under congestion
  usrsctp_sysctl_set_sctp_max_retran_chunk(0);             // else 30 lost copies of one chunk end the association
}

}  // namespace

// Never destroyed: at exit contexts that were made before it may still run.
Stack& Stack::instance() {
  static Stack& stack = *new Stack;
  return stack;
}

Stack::Stack() {
  usrsctp_tunable_set_sctp_pcbtblsize(1);  // a hash table per endpoint, each of one association: saves 2 KiB
  usrsctp_init_nothreads(0, &Stack::handle_output, nullptr);
  usrsctp_enable_crc32c_offload();
  forbid_what_webrtc_never_uses();  // initialisation has reset them all
  suit_fast_and_lossy_paths();
}

void Stack::advance(TimePoint now, std::vector<AssociationId>& woken) {
  assert(inside == nullptr);
  if (const auto elapsed = begin_tick(now)) {
    if (*elapsed != 0) gate_.alone([&] { usrsctp_handle_timers(*elapsed); });
    const std::lock_guard lock{mutex_};
    ticking_ = false;
  }
  const std::lock_guard lock{mutex_};
  woken.insert(woken.end(), woken_.begin(), woken_.end());
  for (const auto id : woken_) attachments_.at(id)->woken = false;
  woken_.clear();
}

// Nothing while another thread is in usrsctp's timers: they are not made for two.
std::optional<std::uint32_t> Stack::begin_tick(TimePoint now) {
  using std::chrono::milliseconds;
  const std::lock_guard lock{mutex_};
  if (ticking_) return std::nullopt;
  ticking_ = true;
  if (!ticked_) ticked_ = now;
  const auto elapsed = std::chrono::duration_cast<milliseconds>(now - *ticked_);
  if (elapsed <= milliseconds{0}) return 0U;
  *ticked_ += elapsed;
  return static_cast<std::uint32_t>(elapsed.count());
}

std::size_t Stack::association_count() const {
  const std::lock_guard lock{mutex_};
  return attachments_.size();
}

bool Stack::attach(Attachment& attachment) {
  const std::lock_guard lock{mutex_};
  if (ports_.count() >= ports_.size() - 1) return false;
  do {
    ++last_port_;
  } while (last_port_ == 0 || ports_.test(last_port_));
  ports_.set(last_port_);
  attachment.internal_port = last_port_;
  attachment.id = AssociationId{++last_id_};
  insert(attachment);
  return true;
}

void Stack::resume(Attachment& attachment) {
  const std::lock_guard lock{mutex_};
  insert(attachment);
}

void Stack::insert(Attachment& attachment) {
  if (woken_.capacity() <= attachments_.size()) woken_.reserve(2 * attachments_.size() + 1);
  if (attachments_.empty()) ticked_.reset();  // nobody ticked meanwhile: that time is not to be made up
  attachments_.emplace(attachment.id, &attachment);
}

void Stack::detach(Attachment& attachment) {
  const std::lock_guard lock{mutex_};
  if (attachments_.erase(attachment.id) == 0) return;
  if (std::exchange(attachment.woken, false)) std::erase(woken_, attachment.id);
  attachment.side.clear();
}

void Stack::release_port(const Attachment& attachment) {
  const std::lock_guard lock{mutex_};
  ports_.reset(attachment.internal_port);
}

void Stack::collect(Attachment& attachment) {
  const std::lock_guard lock{mutex_};
  if (std::exchange(attachment.side_repeats, false)) attachment.repeated = true;
  while (const auto packet = attachment.side.pop()) {
    attachment.outbox.push(*packet);
    if (const auto sack = outline(*packet).acknowledgement) attachment.acknowledged = sack;
  }
}

Attachment* Stack::find(void* address) {
  const auto found = attachments_.find(id_of(address));
  return found == attachments_.end() ? nullptr : found->second;
}

void Stack::wake(Attachment& attachment) noexcept {
  if (std::exchange(attachment.woken, true)) return;
  woken_.push_back(attachment.id);
}

// usrsctp holds the lock of the association here: copy and return. Without memory a packet is lost, as on a network.
int Stack::handle_output(void* address, void* data, std::size_t size, std::uint8_t, std::uint8_t) noexcept try {
  if (size < common_header) return EINVAL;
  const MutableBytes packet{static_cast<std::byte*>(data), size};
  if (inside != nullptr && inside->id == id_of(address)) {
    write_source_port(packet, inside->wire_port);
    seal(packet);
    inside->outbox.push(packet);
    const auto contents = outline(packet);
    if (contents.acknowledgement) inside->acknowledged = contents.acknowledgement;
    if (contents.data) inside->sent.note(*contents.data, &inside->departure);
    return 0;
  }
  auto& stack = instance();
  const std::lock_guard lock{stack.mutex_};
  auto* attachment = stack.find(address);
  if (attachment == nullptr) return ENOENT;
  write_source_port(packet, attachment->wire_port);
  seal(packet);
  attachment->side.push(packet);
  if (const auto tsns = outline(packet).data; tsns && attachment->sent.note(*tsns)) attachment->side_repeats = true;
  stack.wake(*attachment);
  return 0;
} catch (const std::bad_alloc&) {
  return ENOBUFS;
}

// usrsctp tells of data to read and of space to write alike, after every packet and timer.
void Stack::handle_upcall(NativeSocket* socket, void* address, int) noexcept {
  if (inside != nullptr && inside->id == id_of(address)) {
    if ((usrsctp_get_events(socket) & (SCTP_EVENT_READ | SCTP_EVENT_ERROR)) != 0) inside->readable = true;
    return;
  }
  auto& stack = instance();
  const std::lock_guard lock{stack.mutex_};
  if (auto* attachment = stack.find(address)) stack.wake(*attachment);
}

Stack::Inside::Inside(Attachment& attachment) noexcept : outer_{std::exchange(inside, &attachment)} {
  if (outer_ == nullptr) instance().gate_.enter();
}

Stack::Inside::~Inside() {
  inside = outer_;
  if (outer_ == nullptr) instance().gate_.leave();
}

}  // namespace sluice::sctp
