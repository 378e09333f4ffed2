#include "net/stream.hpp"

#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include "net/address.hpp"

namespace sluice::net {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;

namespace {

constexpr std::size_t max_waiting = 512 * 1024;  // as of a Port
// Of ICE over TCP: what waits here delays consent checks behind it, so it is less, and little more waits in the kernel.
constexpr std::size_t max_waiting_prefixed = 256 * 1024;
constexpr int max_unsent = 64 * 1024;
constexpr auto leaving_limit = std::chrono::seconds{1};

std::string fingerprint_of(SSL* session) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate{SSL_get1_peer_certificate(session), &X509_free};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) return {};
  std::string text;
  for (const auto octet : std::span{digest}.first(size)) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    if (!text.empty()) text += ':';
    text += {digits[octet >> 4], digits[octet & 15]};
  }
  return text;
}

// Where the system knows it: what TCP cannot send yet stays in our queue, which is short.
void limit_unsent([[maybe_unused]] int socket) noexcept {
#ifdef TCP_NOTSENT_LOWAT
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &max_unsent, sizeof max_unsent);
#endif
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

}  // namespace

std::shared_ptr<Stream> Stream::open(const asio::any_io_executor& executor, SocketId id, const Endpoint& server,
                                     std::optional<TlsTarget> target, StreamHandlers handlers) {
  auto stream = std::make_shared<Stream>(Tcp::socket{executor}, id, server, std::move(target), std::move(handlers));
  stream->connect();
  return stream;
}

std::shared_ptr<Stream> Stream::connect(const asio::any_io_executor& executor, const Path& path, const IpAddress& local,
                                        StreamHandlers handlers) {
  auto stream = std::make_shared<Stream>(Tcp::socket{executor}, path.local, path.remote, std::nullopt,
                                         std::move(handlers), Framing::prefixed);
  if (const auto error = stream->bind(local)) {
    asio::post(executor, [stream, error] { stream->fail("cannot use the local address: " + error.message()); });
  } else {
    stream->connect();
  }
  return stream;
}

std::shared_ptr<Stream> Stream::adopt(Tcp::socket socket, const Path& path, StreamHandlers handlers) {
  auto stream = std::make_shared<Stream>(std::move(socket), path.local, path.remote, std::nullopt, std::move(handlers),
                                         Framing::prefixed);
  stream->handlers_.connected = nullptr;
  stream->begin();
  return stream;
}

Stream::Stream(Tcp::socket socket, SocketId id, const Endpoint& server, std::optional<TlsTarget> target,
               StreamHandlers handlers, Framing framing)
    : socket_{std::move(socket)},
      id_{id},
      server_{server},
      target_{std::move(target)},
      handlers_{std::move(handlers)},
      limit_{socket_.get_executor()},
      input_(2 * (framing == Framing::stun ? longest_frame : length_prefix + longest_unproven)),
      framing_{framing} {}

void Stream::connect() {
  const auto remote = to_asio(server_);
  socket_.async_connect({remote.address(), remote.port()}, [self = shared_from_this()](error_code error) {
    if (self->closing_) return self->end();
    if (error) return self->fail("cannot connect: " + error.message());
    if (self->target_) {
      self->secure();
    } else {
      self->begin();
    }
  });
}

error_code Stream::bind(const IpAddress& local) {
  const Tcp::endpoint from{to_asio(local), 0};
  error_code error;
  socket_.open(from.protocol(), error);
  if (!error) socket_.bind(from, error);
  return error;
}

std::optional<IpAddress> Stream::local_address() const {
  error_code error;
  const auto local = from_asio(socket_.local_endpoint(error).address());
  return error || local.is_unspecified() ? std::nullopt : std::optional{local};
}

// TLS

void Stream::secure() {
  if (auto problem = prepare_tls(); !problem.empty()) return fail(std::move(problem));
  tls_->async_handshake(Tls::client, [self = shared_from_this()](error_code error) {
    if (self->closing_) return self->end();
    if (error) return self->fail("TLS: " + error.message());
    if (auto problem = self->distrust(); !problem.empty()) return self->fail(std::move(problem));
    self->begin();
  });
}

// RFC 8489 §6.2.3: chain and name, unless the application has named the certificate itself, or wants to believe
// anybody. Who names a certificate means it and no other, so the chain does not matter then.
std::string Stream::prepare_tls() {
  error_code error;
  context_.emplace(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION);
  const bool verifies_chain = target_->fingerprint.empty() && !target_->anybody;
  if (!verifies_chain) {
    context_->set_verify_mode(ssl::verify_none, error);
  } else if (target_->ca_file.empty()) {
    context_->set_default_verify_paths(error);
  } else {
    context_->load_verify_file(target_->ca_file, error);
  }
  if (error) return "TLS: cannot load the trusted CAs: " + error.message();
  tls_.emplace(socket_, *context_);
  if (verifies_chain) {
    tls_->set_verify_mode(ssl::verify_peer, error);
    if (!error) tls_->set_verify_callback(ssl::host_name_verification{target_->host}, error);
    if (error) return "TLS: " + error.message();
  }
  if (!IpAddress::parse(target_->host)) {  // RFC 6066 §3: no addresses
    SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, target_->host.data());
  }
  return {};
}

std::string Stream::distrust() {
  if (target_->fingerprint.empty() || fingerprint_of(tls_->native_handle()) == upper(target_->fingerprint)) return {};
  return "TLS: the server's certificate is not the one that the configuration names";
}

// messages

void Stream::begin() {
  error_code ignored;
  socket_.set_option(Tcp::no_delay{true}, ignored);
  if (framing_ == Framing::prefixed) limit_unsent(socket_.native_handle());
  ready_ = true;
  if (handlers_.connected) handlers_.connected();
  if (closing_) return;
  read();
  write();
}

void Stream::read() {
  const auto buffer = asio::buffer(input_.data() + filled_, input_.size() - filled_);
  auto handler = [self = shared_from_this()](error_code error, std::size_t size) {
    if (self->closing_) return;
    if (error) return self->fail("the connection has ended: " + error.message());
    self->handle_read(size);
  };
  if (tls_) {
    tls_->async_read_some(buffer, std::move(handler));
  } else {
    socket_.async_read_some(buffer, std::move(handler));
  }
}

void Stream::handle_read(std::size_t size) {
  filled_ += size;
  const auto taken = take_frames();
  if (!taken) {
    return fail(framing_ == Framing::stun ? "the server sends what is neither STUN nor ChannelData"
                                          : "the peer sends what is too long");
  }
  if (!batch_.empty()) handlers_.received(batch_);
  if (closing_) return;
  std::copy(input_.begin() + static_cast<std::ptrdiff_t>(*taken), input_.begin() + static_cast<std::ptrdiff_t>(filled_),
            input_.begin());
  filled_ -= *taken;
  if (framing_ == Framing::prefixed) input_.resize(2 * (length_prefix + longest_));  // it may be trusted by now
  read();
}

// All that are whole. An empty datagram says nothing, RFC 4571 §2.
std::optional<std::size_t> Stream::take_frames() {
  std::size_t taken = 0;
  batch_.clear();
  for (;;) {
    const auto rest = ByteView{input_}.subspan(taken, filled_ - taken);
    const auto frame = framing_ == Framing::stun ? frame_size(rest) : prefixed_size(rest, longest_);
    if (!frame) return std::nullopt;
    if (*frame == 0 || *frame > rest.size()) return taken;
    const auto datagram = rest.first(*frame).subspan(framing_ == Framing::stun ? 0 : length_prefix);
    if (!datagram.empty()) batch_.push_back({{id_, server_}, datagram});
    taken += *frame;
  }
}

void Stream::send(const TransmitQueue& queue) {
  if (closing_) return;
  const bool prefixed = framing_ == Framing::prefixed;
  for (const auto& entry : queue.entries()) {
    if (entry.path.local != id_ || (prefixed && entry.path.remote != server_)) continue;
    const auto bytes = queue.bytes(entry);
    if (waiting_.size() + length_prefix + bytes.size() > (prefixed ? max_waiting_prefixed : max_waiting)) {
      ++dropped_;
      continue;
    }
    if (prefixed) {
      waiting_.push_back(static_cast<std::byte>(bytes.size() >> 8));
      waiting_.push_back(static_cast<std::byte>(bytes.size() & 0xff));
    }
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  }
  write();
}

void Stream::write() {
  if (!ready_ || !leaving_.empty()) return;
  if (waiting_.empty()) {
    if (closing_) end();
    return;
  }
  std::swap(waiting_, leaving_);
  const auto buffer = asio::buffer(leaving_.data(), leaving_.size());
  auto handler = [self = shared_from_this()](error_code error, std::size_t) {
    self->leaving_.clear();
    if (error) return self->fail("the connection has ended: " + error.message());
    self->write();
  };
  if (tls_) {
    asio::async_write(*tls_, buffer, std::move(handler));
  } else {
    asio::async_write(socket_, buffer, std::move(handler));
  }
}

// the end

void Stream::close() {
  if (closing_) return;
  closing_ = true;
  if (!ready_) return end();
  limit_.expires_after(leaving_limit);
  limit_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->end();
  });
  write();
}

void Stream::fail(std::string reason) {
  if (closing_) return end();
  closing_ = true;
  end();
  handlers_.closed(reason);
}

void Stream::end() {
  error_code ignored;
  limit_.cancel();
  socket_.close(ignored);
}

}  // namespace sluice::net
