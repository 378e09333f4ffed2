// Certificates and DTLS in memory: what a connection costs at least, in time and in memory.
#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <vector>

#include "floor/handshake.hpp"
#include "floor/programs.hpp"
#include "process.hpp"

namespace sluice::floor {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int most_flights = 10;
constexpr auto first_timeout = std::chrono::seconds{2};  // nothing is lost here

SSL* make(const dtls::Certificate& certificate, dtls::CallNotes& notes) {
  SSL* ssl = SSL_new(dtls::shared_context());
  if (!certificate.identify(ssl)) throw std::runtime_error{"OpenSSL refuses the certificate"};
  notes.first_timeout = first_timeout;
  dtls::attach(ssl, notes);
  SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
  DTLS_set_link_mtu(ssl, 1200);
  return ssl;
}

dtls::Certificate certificate() {
  return dtls::Certificate::generate(dtls::KeyType::ecdsa_p256, std::chrono::system_clock::now(),
                                     std::chrono::hours{24 * 30});
}

}  // namespace

void Handshake::Free::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

Handshake::Handshake()
    : client_certificate_{certificate()},
      server_certificate_{certificate()},
      client_{make(client_certificate_, client_notes_)},
      server_{make(server_certificate_, server_notes_)} {
  BIO* to_client = BIO_new(BIO_s_mem());
  BIO* to_server = BIO_new(BIO_s_mem());
  for (BIO* bio : {to_client, to_server}) {
    BIO_set_mem_eof_return(bio, -1);
    BIO_up_ref(bio);  // each end has both
  }
  SSL_set_bio(client_.get(), to_client, to_server);
  SSL_set_bio(server_.get(), to_server, to_client);
  SSL_set_connect_state(client_.get());
  SSL_set_accept_state(server_.get());
  for (int i = 0; i != most_flights; ++i) {
    const int client = SSL_do_handshake(client_.get());
    const int server = SSL_do_handshake(server_.get());
    if (client == 1 && server == 1) return;
  }
  throw std::runtime_error{"the handshake did not come to an end"};
}

void Handshake::fall_idle() {
  SSL_free_buffers(client_.get());
  SSL_free_buffers(server_.get());
}

json handshakes(const json& parameters) {
  std::vector<double> times;
  const auto count = parameters["connections"].get<std::size_t>();
  const auto cpu = bench::cpu_seconds();
  while (times.size() != count) {
    const auto start = Clock::now();
    const Handshake done;
    times.push_back(std::chrono::duration<double, std::milli>{Clock::now() - start}.count());
  }
  const auto spent = bench::cpu_seconds() - cpu;
  std::ranges::sort(times);
  const auto at = [&](double share) { return times[static_cast<std::size_t>(share * static_cast<double>(count - 1))]; };
  return {
      {"p50_ms", at(0.5)}, {"p99_ms", at(0.99)}, {"cpu_ms_per_connection", spent * 1e3 / static_cast<double>(count)}};
}

}  // namespace sluice::floor
