#include "dtls/session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "crypto/provider_error.hpp"
#include "dtls/error_scope.hpp"
#include "dtls/sealed_alert.hpp"

namespace sluice::dtls {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t record_limit = 1 << 14;  // RFC 5246 §6.2.1
constexpr std::size_t least_mtu = 256;         // OpenSSL takes no less
constexpr std::size_t largest_flight = 4000;   // OpenSSL gathers a flight in 4096 bytes and cuts it there blindly
constexpr Duration idle_after = 20ms;          // many are set up in a second, and what they all hold then leaves holes
constexpr Duration least_timeout = 15ms;       // OpenSSL takes less for none
constexpr Duration held_timeout = 1h;          // it looks at its clock in any call, and can count 71 minutes

std::size_t flight_mtu(std::size_t mtu) { return std::clamp(mtu, least_mtu, largest_flight); }

}  // namespace

void Session::SslFree::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

Session::Session(const Certificate& certificate, SessionOptions options)
    : options_{options},
      bio_{flight_mtu(options.mtu)},
      budget_{options.handshake_byte_limit},
      notes_{.log_keys = options.log_keys, .first_timeout = std::max(options.first_timeout, least_timeout)},
      ssl_{SSL_new(shared_context())} {
  const ErrorScope errors;
  bio_st* bio = bio_.make();
  crypto::require(ssl_ != nullptr && bio != nullptr, "no memory for a DTLS association");
  SSL_set_bio(ssl_.get(), bio, bio);
  crypto::require(certificate.identify(ssl_.get()), "OpenSSL refuses the certificate");
  attach(ssl_.get(), notes_);
  DTLS_set_link_mtu(ssl_.get(), static_cast<long>(flight_mtu(options_.mtu)));
  if (options_.role == Role::client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

Session::~Session() = default;

void Session::handle_datagram(TimePoint now, ByteView datagram) {
  if (datagram.empty()) return;
  if (state_ == State::idle && options_.role == Role::server) begin(now);
  now_ = now;
  while (poll_record()) continue;
  if (state_ == State::handshaking) {
    const auto admitted = budget_.admit(datagram);
    if (!admitted) return end(State::failed, Failed{Failed::Cause::limit, 0, "too many bytes before Finished"});
    bio_.receive(*admitted);
    handshake();
  } else if (state_ == State::connected) {
    bio_.receive(datagram);
    stay_awake();
    read();
  }
  bio_.withdraw();
}

void Session::handle_timeout(TimePoint now) {
  now_ = now;
  if (!deadlines_.held && now >= deadlines_.handshake) {
    return end(State::failed, Failed{Failed::Cause::timeout, 0, "the handshake took too long"});
  }
  if (now >= deadlines_.retransmission) {
    const ErrorScope errors;
    deadlines_.retransmission = now + notes_.timeout;  // if OpenSSL, by the wall clock, finds it too early
    const auto result = DTLSv1_handle_timeout(ssl_.get());
    settle();
    if (result < 0) end(State::failed, failure());
  }
  if (now >= deadlines_.idle) fall_idle();
}

void Session::start(TimePoint now) {
  if (state_ != State::idle) return;
  begin(now);
  if (options_.role == Role::client) handshake();
}

void Session::hold_timers() noexcept {
  deadlines_.held = true;
  notes_.first_timeout = held_timeout;
}

void Session::run_timers(TimePoint now, Duration first_timeout) {
  notes_.first_timeout = std::max(first_timeout, least_timeout);
  if (std::exchange(deadlines_.held, false) && deadlines_.handshake != never) {
    deadlines_.handshake = now + options_.handshake_limit;
  }
}

bool Session::send(ByteView payload, const Path& path, TransmitQueue& queue) {
  if (state_ != State::connected || payload.empty() || payload.size() > record_limit) return false;
  const ErrorScope errors;
  deadlines_.active = true;
  if (SSL_alloc_buffers(ssl_.get()) != 1) return false;
  bio_.poll_transmit(path, queue);  // the peer cannot read the record before it has our Finished
  bio_.send_into(queue, path);
  std::size_t written = 0;
  const bool sent = SSL_write_ex(ssl_.get(), payload.data(), payload.size(), &written) == 1;
  bio_.flush();
  if (!sent) end(State::failed, failure());
  return sent;
}

void Session::reject() {
  if (state_ == State::connected) refuse(SSL_AD_BAD_CERTIFICATE, "the peer's certificate is not the one expected");
}

void Session::close() {
  if (state_ == State::connected) {
    const ErrorScope errors;
    if (SSL_alloc_buffers(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
    settle();
  }
  if (state_ != State::failed) state_ = State::closed;
  deadlines_ = {};
  record_ = {};
}

void Session::poll_transmit(const Path& path, TransmitQueue& queue) { bio_.poll_transmit(path, queue); }

std::optional<MutableBytes> Session::poll_record() {
  if (record_.held == 0 && state_ == State::connected && !record_.exhausted) read();
  if (record_.held == 0) return std::nullopt;
  return MutableBytes{record_.buffer.get(), std::exchange(record_.held, 0)};
}

std::optional<Event> Session::poll_event() {
  if (events_.empty()) return std::nullopt;
  return events_.pop_front();
}

TimePoint Session::next_timeout() const {
  const auto handshake = deadlines_.held ? never : deadlines_.handshake;
  return std::min({handshake, deadlines_.retransmission, deadlines_.idle});
}

Bytes Session::peer_certificate() const {
  if (!was_connected_) return {};
  const ErrorScope errors;
  const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  return certificate == nullptr ? Bytes{} : encode(certificate);
}

std::optional<Fingerprint> Session::peer_fingerprint(HashAlgorithm algorithm) const {
  const Bytes encoded = peer_certificate();
  if (encoded.empty()) return std::nullopt;
  return fingerprint_of(encoded, algorithm);
}

std::string Session::version() const { return was_connected_ ? "FEFD" : ""; }

std::string Session::cipher() const {
  return was_connected_ ? SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl_.get())) : "";
}

void Session::begin(TimePoint now) {
  now_ = now;
  state_ = State::handshaking;
  deadlines_.handshake = now + options_.handshake_limit;
}

void Session::handshake() {
  const ErrorScope errors;
  const int result = SSL_do_handshake(ssl_.get());
  const int error = SSL_get_error(ssl_.get(), result);
  settle();
  if (result == 1) return connect();
  const auto state = SSL_get_state(ssl_.get());
  if (state == TLS_ST_SR_CHANGE || state == TLS_ST_CR_CHANGE) budget_.release();
  if (error == SSL_ERROR_WANT_READ) return;
  if (error == SSL_ERROR_ZERO_RETURN) return end(State::closed, Closed{});
  end(State::failed, failure());
}

void Session::connect() {
  // RFC 7627 §5.2: a client that insists. The server has looked into the ClientHello.
  if (SSL_get_extms_support(ssl_.get()) != 1) {
    return refuse(SSL_AD_HANDSHAKE_FAILURE, "the peer has no extended master secret");
  }
  state_ = State::connected;
  was_connected_ = true;
  deadlines_ = {};
  events_.push_back(Connected{});
  stay_awake();
  read();
}

// Also with nothing expected: from here OpenSSL answers a final flight that the peer repeats.
void Session::read() {
  const ErrorScope errors;
  if (!record_.buffer) record_.buffer = std::make_unique_for_overwrite<std::byte[]>(record_limit);
  int result = 1;
  while (result == 1 && record_.held == 0) {  // a record may be empty
    result = SSL_read_ex(ssl_.get(), record_.buffer.get(), record_limit, &record_.held);
  }
  const int error = SSL_get_error(ssl_.get(), result);
  settle();
  // Most datagrams are one record. SSL_has_pending does not know of those that overtook the end of the handshake.
  record_.exhausted = result != 1 || (record_.caught_up && SSL_has_pending(ssl_.get()) == 0);
  if (result != 1) record_.caught_up = true;
  if (result == 1 || error == SSL_ERROR_WANT_READ) return;
  if (error != SSL_ERROR_ZERO_RETURN) return end(State::failed, failure());
  SSL_shutdown(ssl_.get());  // RFC 5246 §7.2.1: answer it, send nothing more
  settle();
  end(State::closed, Closed{});
}

// After every call into OpenSSL: what it wrote is one flight, and its callbacks have left notes.
void Session::settle() {
  bio_.flush();
  if (const auto timer = bio_.take_timer()) {
    deadlines_.retransmission = *timer == DatagramBio::Timer::started ? now_ + notes_.timeout : never;
  }
  for (auto& line : notes_.key_lines) events_.push_back(KeyLogged{std::move(line)});
  notes_.key_lines.clear();
}

void Session::refuse(int alert, std::string detail) {
  const ErrorScope errors;
  bio_.write(seal_fatal_alert(ssl_.get(), bio_.last_record(), alert));
  bio_.flush();
  end(State::failed, Failed{Failed::Cause::alert_sent, alert, std::move(detail)});
}

void Session::end(State state, Event event) {
  state_ = state;
  deadlines_ = {};
  record_ = {};
  events_.push_back(std::move(event));
}

Failed Session::failure() const {
  const auto error = ERR_peek_error();
  const char* reason = ERR_reason_error_string(error);
  std::string detail = reason == nullptr ? "OpenSSL gives no reason" : reason;
  if (notes_.alert_received) return {Failed::Cause::alert_received, *notes_.alert_received, std::move(detail)};
  if (notes_.alert_sent) return {Failed::Cause::alert_sent, *notes_.alert_sent, std::move(detail)};
  const bool gave_up = ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_READ_TIMEOUT_EXPIRED;
  return {gave_up ? Failed::Cause::timeout : Failed::Cause::internal, 0, std::move(detail)};
}

void Session::stay_awake() {
  deadlines_.active = true;
  if (deadlines_.idle == never) deadlines_.idle = now_ + idle_after;
}

// SSL_MODE_RELEASE_BUFFERS does nothing for DTLS, so the 50 KB that only traffic needs are given back here, and the
// certificate, which only a handshake needs.
void Session::fall_idle() {
  const bool quiet = !std::exchange(deadlines_.active, false) && record_.held == 0 && record_.exhausted;
  deadlines_.idle = quiet ? never : now_ + idle_after;
  if (!quiet) return;
  const ErrorScope errors;
  SSL_certs_clear(ssl_.get());
  if (SSL_free_buffers(ssl_.get()) == 1) record_.buffer.reset();
}

}  // namespace sluice::dtls
