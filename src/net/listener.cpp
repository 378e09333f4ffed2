#include "net/listener.hpp"

#include "net/address.hpp"

namespace sluice::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr int waiting_connections = 16;
constexpr auto out_of_breath = std::chrono::milliseconds{200};  // when the system has no descriptors left

Endpoint endpoint(const tcp::endpoint& given) { return {from_asio(given.address()), given.port()}; }

}  // namespace

Listener::Listener(const asio::any_io_executor& executor) : acceptor_{executor}, breath_{executor} {}

error_code Listener::open(const Endpoint& local) {
  const tcp::endpoint wanted{to_asio(local.address), local.port};
  error_code error, ignored;
  if (acceptor_.is_open()) acceptor_.close(ignored);
  acceptor_.open(wanted.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address{true}, error);  // connections of before linger
  if (!error) acceptor_.bind(wanted, error);
  if (!error) acceptor_.listen(waiting_connections, error);
  return error;
}

Endpoint Listener::local_endpoint() const {
  error_code error;
  return endpoint(acceptor_.local_endpoint(error));
}

void Listener::accept(Accepted accepted) {
  accepted_ = std::move(accepted);
  wait();
}

void Listener::wait() {
  acceptor_.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
    if (!self->acceptor_.is_open()) return;
    error_code gone;
    const auto remote = error ? tcp::endpoint{} : socket.remote_endpoint(gone);
    if (error == asio::error::no_descriptors || error == asio::error::no_memory) return self->pause();
    if (!error && !gone) self->accepted_(std::move(socket), endpoint(remote));
    if (self->acceptor_.is_open()) self->wait();
  });
}

void Listener::pause() {
  breath_.expires_after(out_of_breath);
  breath_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->acceptor_.is_open()) self->wait();
  });
}

void Listener::close() {
  error_code ignored;
  breath_.cancel();
  acceptor_.close(ignored);
}

}  // namespace sluice::net
