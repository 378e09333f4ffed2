#include "dtls/datagram_bio.hpp"

#include <openssl/bio.h>
#include <sys/time.h>

#include <algorithm>

#include "base/reader.hpp"

namespace sluice::dtls {
namespace {

// The first record of what OpenSSL wrote; it always writes whole ones.
ByteView first_record(ByteView records) noexcept {
  Reader in{records};
  in.skip(11);  // type, version, epoch, sequence number: RFC 6347 §4.1
  const std::size_t length = in.u16();
  const auto body = in.bytes(length);
  return in.ok() ? records.first(records.size() - in.remaining()) : (static_cast<void>(body), records);
}

}  // namespace

struct DatagramBioMethod {
  static DatagramBio& self(BIO* bio) { return *static_cast<DatagramBio*>(BIO_get_data(bio)); }

  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  static int write(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    self(bio).write(as_bytes({data, static_cast<std::size_t>(size)}));
    return size;
  }

  static int read(BIO* bio, char* data, int size) {
    BIO_clear_retry_flags(bio);
    const auto taken = self(bio).read(std::as_writable_bytes(std::span{data, static_cast<std::size_t>(size)}));
    if (taken > 0) return static_cast<int>(taken);
    BIO_set_retry_read(bio);
    return -1;
  }

  // What is not listed is unsupported: in particular peeking, which only DTLSv1_listen wants.
  static long control(BIO* bio, int command, long, void* argument) {
    auto& bio_self = self(bio);
    switch (command) {
      case BIO_CTRL_FLUSH:
        return 1;  // comes after every repeated message; the session knows better when a flight ends
      case BIO_CTRL_DGRAM_QUERY_MTU:
      case BIO_CTRL_DGRAM_GET_MTU:
      case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      case BIO_CTRL_DGRAM_SET_MTU:
        return static_cast<long>(bio_self.mtu_);
      case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT: {
        const auto& deadline = *static_cast<const timeval*>(argument);
        const bool running = deadline.tv_sec != 0 || deadline.tv_usec != 0;
        bio_self.timer_ = running ? DatagramBio::Timer::started : DatagramBio::Timer::stopped;
        return 1;
      }
      case BIO_CTRL_PENDING:
        return static_cast<long>(bio_self.incoming_.size());
      default:
        return 0;  // BIO_CTRL_DGRAM_GET_MTU_OVERHEAD: ours is the size of the UDP payload. WPENDING: nothing is held
    }
  }

  static BIO_METHOD* make() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice datagram");
    if (method == nullptr) return nullptr;
    BIO_meth_set_create(method, create);
    BIO_meth_set_write(method, write);
    BIO_meth_set_read(method, read);
    BIO_meth_set_ctrl(method, control);
    return method;
  }
};

bio_st* DatagramBio::make() {
  static BIO_METHOD* const method = DatagramBioMethod::make();  // for the life of the process, as OpenSSL's own
  BIO* bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio != nullptr) BIO_set_data(bio, this);
  return bio;
}

std::size_t DatagramBio::read(MutableBytes output) noexcept {
  const auto taken = incoming_.first(std::min(incoming_.size(), output.size()));
  std::ranges::copy(taken, output.begin());
  incoming_ = {};  // what did not fit is lost, as with a socket
  return taken.size();
}

void DatagramBio::write(ByteView records) {
  while (!records.empty()) {
    const auto record = first_record(records);
    std::ranges::copy(record.first(std::min(record.size(), last_record_.size())), last_record_.begin());
    append(record);
    records = records.subspan(record.size());
  }
}

void DatagramBio::append(ByteView record) {
  if (direct_ != nullptr) return direct_->push(direct_path_, record);
  // OpenSSL forgets the AEAD's overhead when it fills a datagram, so whether a record fits is asked here.
  if (open_ > 0 && open_ + record.size() > mtu_) flush();
  const auto room = flight_.prepare(std::max(mtu_, record.size()));
  std::ranges::copy(record, room.subspan(open_).begin());
  open_ += record.size();
}

void DatagramBio::send_into(TransmitQueue& queue, const Path& path) noexcept {
  direct_ = &queue;
  direct_path_ = path;
}

void DatagramBio::flush() {
  direct_ = nullptr;
  if (open_ > 0) flight_.commit({}, std::exchange(open_, 0));
}

void DatagramBio::poll_transmit(const Path& path, TransmitQueue& queue) {
  if (flight_.empty()) return;
  for (const auto& entry : flight_.entries()) queue.push(path, flight_.bytes(entry));
  flight_.release();
}

}  // namespace sluice::dtls
