#include "net/udp_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/v6_only.hpp>

#include "net/address.hpp"
#include "net/batch.hpp"

namespace sluice::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Until the socket would block.
std::size_t send_all(int descriptor, SocketId id, const TransmitQueue& queue, std::size_t from, Offload& offload) {
  while (from != queue.size()) {
    const auto progress = send_batch(descriptor, id, queue, from, offload == Offload::allowed);
    from = progress.next;
    if (progress.would_block) break;
    if (progress.offload_refused) offload = Offload::off;
  }
  return from;
}

error_code share_port(int descriptor) {
  const int on = 1;
  if (::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) return {};
  return {errno, boost::system::system_category()};
}

}  // namespace

Descriptor::~Descriptor() { ::close(number_); }

std::size_t UdpSender::send(const TransmitQueue& queue, std::size_t from) {
  return send_all(descriptor_->number(), id_, queue, from, offload_);
}

UdpSocket::UdpSocket(asio::any_io_executor executor, SocketId id, Offload offload)
    : socket_{std::move(executor)}, id_{id}, offload_{offload} {}

error_code UdpSocket::open(const Endpoint& local, const SocketOptions& options) {
  const auto endpoint = to_asio(local);
  error_code error;
  socket_.open(endpoint.protocol(), error);
  if (error) return error;
  if (!local.address.is_v4()) socket_.set_option(asio::ip::v6_only{true}, error);
  if (!error) socket_.non_blocking(true, error);
  if (!error && options.sharing == PortSharing::from_the_start) error = share_port(socket_.native_handle());
  if (!error) socket_.bind(endpoint, error);
  if (!error && options.sharing == PortSharing::afterwards) error = share_port(socket_.native_handle());
  if (error) {
    close();
    return error;
  }
  // The system gives what it allows. Path MTU discovery stays as the system has it, DF where the path is known to take
  // the datagram and fragments where it is not, so that our 1200 bytes arrive everywhere: until send_batch() has a
  // larger one.
  error_code ignored;
  const auto buffer_size = static_cast<int>(options.buffer_size);
  socket_.set_option(asio::socket_base::receive_buffer_size{buffer_size}, ignored);
  socket_.set_option(asio::socket_base::send_buffer_size{buffer_size}, ignored);
  prepare_socket(socket_.native_handle());
  if (options.dscp != 0) {  // the upper six bits of the field, RFC 2474 §3
    const int field = options.dscp << 2;
    const bool v4 = local.address.is_v4();
    (void)::setsockopt(socket_.native_handle(), v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TOS : IPV6_TCLASS, &field,
                       sizeof field);
  }
  return {};
}

Endpoint UdpSocket::local_endpoint() const {
  error_code error;
  return from_asio(socket_.local_endpoint(error));
}

// A descriptor that senders use must not be closed under them: the system would give its number to somebody else.
void UdpSocket::close() {
  error_code ignored;
  if (shared_) {
    socket_.release(ignored);
    shared_.reset();
  } else {
    socket_.close(ignored);
  }
}

UdpSender UdpSocket::sender() {
  if (!shared_) shared_ = std::make_shared<Descriptor>(socket_.native_handle());
  return {shared_, id_};
}

std::size_t UdpSocket::receive(std::vector<Datagram>& batch, std::size_t limit) {
  more_ = false;
  if (!socket_.is_open()) return 0;
  const auto before = batch.size();
  more_ = receive_batch(socket_.native_handle(), id_, batch, limit).more;
  return batch.size() - before;
}

std::size_t UdpSocket::send(const TransmitQueue& queue, std::size_t from) {
  if (!socket_.is_open()) return queue.size();
  return send_all(socket_.native_handle(), id_, queue, from, offload_);
}

}  // namespace sluice::net
