#pragma once
// DatagramBio: the BIO between OpenSSL and datagrams that somebody else sends.   RFC 6347 §4.1.1
//
// Records are merged into datagrams of at most the MTU until flush(): OpenSSL alone would repeat every handshake
// message in a datagram of its own. Reading never waits and copies nothing of ours: it looks at the datagram given by
// receive(), which must stay until it is consumed or withdrawn.
#include <array>
#include <optional>
#include <utility>

#include "base/transmit_queue.hpp"

struct bio_st;

namespace sluice::dtls {

class DatagramBio {
 public:
  enum class Timer { started, stopped };
  // Header and explicit nonce of a record: how far the write direction has got.
  using RecordStart = std::array<std::byte, 21>;

  explicit DatagramBio(std::size_t mtu) noexcept : mtu_{mtu} {}
  DatagramBio(const DatagramBio&) = delete;
  DatagramBio& operator=(const DatagramBio&) = delete;

  /// For SSL_set_bio, which takes it over; it refers to this object. Nothing without memory.
  bio_st* make();

  void receive(ByteView datagram) noexcept { incoming_ = datagram; }
  void withdraw() noexcept { incoming_ = {}; }

  /// From here to flush() each record is a datagram of its own, in that queue.
  void send_into(TransmitQueue& queue, const Path& path) noexcept;
  /// The end of an OpenSSL call, or of what the session writes itself.
  void flush();
  void write(ByteView records);

  /// Moves the merged datagrams into the queue, and gives their memory back.
  void poll_transmit(const Path&, TransmitQueue&);

  /// What OpenSSL did to its retransmission timer since the last call.
  std::optional<Timer> take_timer() noexcept { return std::exchange(timer_, std::nullopt); }
  const RecordStart& last_record() const noexcept { return last_record_; }

 private:
  friend struct DatagramBioMethod;
  std::size_t read(MutableBytes output) noexcept;
  void append(ByteView record);

  std::size_t mtu_;
  ByteView incoming_{};
  TransmitQueue flight_{};
  std::size_t open_ = 0;  // bytes in the datagram being merged
  TransmitQueue* direct_ = nullptr;
  Path direct_path_{};
  std::optional<Timer> timer_{};
  RecordStart last_record_{};
};

}  // namespace sluice::dtls
