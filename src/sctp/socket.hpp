#pragma once
// Socket: one usrsctp socket with its one association. The only place that calls usrsctp for an association.
//
// One-to-one style, non-blocking, upcall mode: nothing is read that nobody asked for, so an unread message keeps the
// receive window closed. usrsctp's callbacks reach the Attachment and go no further.
#include <optional>
#include <span>

#include "base/outcome.hpp"
#include "sctp/events.hpp"
#include "sctp/options.hpp"
#include "sctp/stack.hpp"
#include "sctp/statistics.hpp"

namespace sluice::sctp {

// A piece of a message, or all of it.
struct Outgoing {
  StreamId stream{};
  Ppid ppid{};
  SendOptions options{};
};

struct Part {
  enum class Kind { data, notification, end } kind = Kind::end;
  std::size_t size = 0;
  bool last = false;  // of its message
  bool unordered = false;
  StreamId stream{};
  Ppid ppid{};
};

class Socket {
 public:
  enum class Refusal { full, too_large, gone };

  explicit Socket(Attachment& attachment) noexcept : attachment_{&attachment} {}
  ~Socket() { close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  bool open(const AssociationOptions&);
  bool is_open() const noexcept { return socket_ != nullptr; }
  /// Sends an ABORT if there is an association. Nothing leaves afterwards.
  void close();

  void connect(std::uint16_t remote_port);
  void input(ByteView packet);

  /// All of the message, or none of it.
  Outcome<std::size_t, Refusal> send(const Outgoing&, ByteView message);
  /// As much of a piece as there is room for. Its first byte is the one after the last that was accepted.
  Outcome<std::size_t, Refusal> send_piece(const Outgoing&, ByteView piece, bool last);
  std::size_t bytes_in_send_buffer();
  /// What has left by now, and how that left which was to be timed, if it has arrived.
  struct Sent {
    std::uint64_t repeated;  // packets
    std::optional<std::uint32_t> newest_tsn;
    std::optional<Departure> timed;
  };
  Sent sent(std::uint32_t highest_tsn_arrived);
  std::optional<std::uint32_t> newest_tsn() const;
  /// The congestion window is at least so much, and grows as in slow start.
  void raise_congestion_window(std::size_t bytes);
  void set_no_delay(bool);

  /// Nothing if there is nothing to read now.
  std::optional<Part> receive(MutableBytes buffer);

  enum class ResetResult { accepted, later, unsupported };
  ResetResult reset(std::span<const StreamId>);
  void shutdown();

  bool established();
  PathStatistics path_statistics() const;
  std::uint64_t retransmissions() const;
  void acknowledge_by_round_trip();
  void deliver_early();
  /// Of the packets to come. DATA chunks stay as small as the smallest ever was: larger packets carry several.
  void set_path_mtu(std::size_t packet);

 private:
  void apply_path_mtu(std::size_t packet);
  Outcome<std::size_t, Refusal> send_some(const Outgoing&, ByteView bytes, bool last);

  Attachment* attachment_;
  NativeSocket* socket_ = nullptr;
  std::uint16_t remote_port_ = 0;
  std::size_t base_ = 0;      // the packets of every path
  std::size_t path_mtu_ = 0;  // those of this one
};

}  // namespace sluice::sctp
