// Other people's ends: OpenSSL clients and servers with weak offers, and ClientHellos of today's browsers.
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/reader.hpp"
#include "dtls/datagram_bio.hpp"
#include "support/catch.hpp"
#include "unit/dtls/pair.hpp"

namespace sluice::dtls {
namespace {

using namespace test;

constexpr int protocol_version = 70;
constexpr int handshake_failure = 40;

// A plain OpenSSL end; DatagramBio only carries its datagrams.
class Foreign {
 public:
  template <class Configure>
  Foreign(Role role, Configure configure) : context_{SSL_CTX_new(DTLS_method()), SSL_CTX_free} {
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), DTLS1_VERSION);
    const auto pem = std::pair{rsa().certificate_pem(), rsa().private_key_pem()};
    use(pem.first, pem.second);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    configure(context_.get());
    ssl_.reset(SSL_new(context_.get()));
    bio_st* bio = bio_.make();
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
    DTLS_set_link_mtu(ssl_.get(), 1200);
    role == Role::client ? SSL_set_connect_state(ssl_.get()) : SSL_set_accept_state(ssl_.get());
  }

  std::vector<Bytes> advance(ByteView datagram = {}) {
    bio_.receive(datagram);
    SSL_do_handshake(ssl_.get());
    if (SSL_is_init_finished(ssl_.get()) == 1) {
      char octet = 0;
      SSL_read(ssl_.get(), &octet, 1);
    }
    bio_.withdraw();
    bio_.flush();
    TransmitQueue queue;
    bio_.poll_transmit({}, queue);
    std::vector<Bytes> datagrams;
    for (const auto& entry : queue.entries()) datagrams.push_back(copy(queue.bytes(entry)));
    return datagrams;
  }

  /// Both sides talk until neither has anything to say.
  void talk_to(Peer& peer) {
    auto ours = peer.transmit();
    auto theirs = advance();
    while (!ours.empty() || !theirs.empty()) {
      for (const auto& datagram : std::exchange(theirs, {})) peer.session->handle_datagram(Pair::now(), datagram);
      peer.drain();
      const auto more = peer.transmit();
      ours.insert(ours.end(), more.begin(), more.end());
      for (const auto& datagram : std::exchange(ours, {})) {
        const auto answers = advance(datagram);
        theirs.insert(theirs.end(), answers.begin(), answers.end());
      }
    }
  }

  bool was_told(int alert) const { return alert_received_ == alert; }
  SSL* ssl() { return ssl_.get(); }
  void watch_alerts() {
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_info_callback(ssl_.get(), [](const SSL* ssl, int where, int alert) {
      if (where == SSL_CB_READ_ALERT) static_cast<Foreign*>(SSL_get_app_data(ssl))->alert_received_ = alert & 0xff;
    });
  }

 private:
  void use(const std::string& certificate, const std::string& key) {
    const auto read = [](const std::string& text) {
      return std::unique_ptr<BIO, decltype(&BIO_free)>{BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                       BIO_free};
    };
    const std::unique_ptr<X509, decltype(&X509_free)> x509{
        PEM_read_bio_X509(read(certificate).get(), nullptr, nullptr, nullptr), X509_free};
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> private_key{
        PEM_read_bio_PrivateKey(read(key).get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
    SSL_CTX_use_certificate(context_.get(), x509.get());
    SSL_CTX_use_PrivateKey(context_.get(), private_key.get());
  }

  DatagramBio bio_{1200};
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  int alert_received_ = -1;
};

Peer make_peer(Role role) {
  Peer peer{ecdsa(), {.role = role}};
  peer.session->start(Pair::now());
  return peer;
}

TEST_CASE("a plain OpenSSL end connects in either role", "[dtls]") {
  const auto role = GENERATE(Role::client, Role::server);
  Foreign foreign{role == Role::client ? Role::server : Role::client, [](SSL_CTX*) {}};
  auto peer = make_peer(role);
  foreign.talk_to(peer);
  CHECK(peer.connected);
  CHECK(SSL_is_init_finished(foreign.ssl()) == 1);
}

TEST_CASE("a peer that insists on an SRTP profile gets one, though no media follows", "[dtls][rfc5764-4.1.1]") {
  const auto role = GENERATE(Role::client, Role::server);
  Foreign foreign{role == Role::client ? Role::server : Role::client, [](SSL_CTX* context) {
                    SSL_CTX_set_tlsext_use_srtp(context, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM");
                  }};
  auto peer = make_peer(role);
  foreign.talk_to(peer);
  REQUIRE(peer.connected);
  REQUIRE(SSL_get_selected_srtp_profile(foreign.ssl()) != nullptr);
  CHECK(SSL_get_selected_srtp_profile(foreign.ssl())->id == SRTP_AES128_CM_SHA1_80);
}

TEST_CASE("a peer with weak parameters is refused with the alert that says so", "[dtls][rfc8827-6.5][C7]") {
  struct Weak {
    const char* what;
    void (*configure)(SSL_CTX*);
    int alert;
  };
  static constexpr Weak offers[] = {
      {"DTLS 1.0", [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, DTLS1_VERSION); }, protocol_version},
      {"CBC", [](SSL_CTX* c) { SSL_CTX_set_cipher_list(c, "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA384"); },
       handshake_failure},
      {"RSA key exchange", [](SSL_CTX* c) { SSL_CTX_set_cipher_list(c, "AES128-GCM-SHA256"); }, handshake_failure},
      {"finite field", [](SSL_CTX* c) { SSL_CTX_set_cipher_list(c, "DHE-RSA-AES128-GCM-SHA256"); }, handshake_failure},
      {"no extended master secret", [](SSL_CTX* c) { SSL_CTX_set_options(c, SSL_OP_NO_EXTENDED_MASTER_SECRET); },
       handshake_failure},
      {"P-521", [](SSL_CTX* c) { SSL_CTX_set1_groups_list(c, "P-521"); }, handshake_failure},
  };
  for (const auto& weak : offers) {
    CAPTURE(weak.what);
    Foreign foreign{Role::client, weak.configure};
    foreign.watch_alerts();
    auto peer = make_peer(Role::server);
    foreign.talk_to(peer);
    REQUIRE(peer.failed.has_value());
    CHECK(peer.failed->cause == Failed::Cause::alert_sent);
    CHECK(peer.failed->alert == weak.alert);
    CHECK(foreign.was_told(weak.alert));
    CHECK_FALSE(peer.connected);
  }
}

TEST_CASE("a server without extended master secret is refused, in time and aloud", "[dtls][rfc7627-5.2][C7]") {
  const auto suite = GENERATE(as<std::string>{}, "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
                              "ECDHE-RSA-CHACHA20-POLY1305");
  Foreign foreign{Role::server, [&](SSL_CTX* context) {
                    SSL_CTX_set_options(context, SSL_OP_NO_EXTENDED_MASTER_SECRET);
                    SSL_CTX_set_cipher_list(context, suite.c_str());
                  }};
  foreign.watch_alerts();
  auto peer = make_peer(Role::client);
  foreign.talk_to(peer);
  REQUIRE(peer.failed.has_value());
  CHECK_FALSE(peer.connected);
  CHECK(peer.failed->cause == Failed::Cause::alert_sent);
  CHECK(peer.failed->alert == handshake_failure);
  CHECK(foreign.was_told(handshake_failure));  // sealed with the suite's own keys
}

TEST_CASE("a rejected peer understands the alert whatever the suite", "[dtls][C2]") {
  const auto suite = GENERATE(as<std::string>{}, "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                              "ECDHE-ECDSA-CHACHA20-POLY1305");
  Foreign foreign{Role::client, [&](SSL_CTX* context) { SSL_CTX_set_cipher_list(context, suite.c_str()); }};
  foreign.watch_alerts();
  auto peer = make_peer(Role::server);
  foreign.talk_to(peer);
  REQUIRE(peer.connected);
  peer.session->reject();
  foreign.talk_to(peer);
  CHECK(foreign.was_told(SSL_AD_BAD_CERTIFICATE));
}

TEST_CASE("a peer without a certificate is refused", "[dtls][rfc8827-6.5][C2]") {
  Foreign foreign{Role::client, [](SSL_CTX*) {}};
  SSL_certs_clear(foreign.ssl());
  auto peer = make_peer(Role::server);
  foreign.talk_to(peer);
  REQUIRE(peer.failed.has_value());
  CHECK(peer.failed->cause == Failed::Cause::alert_sent);
  CHECK_FALSE(peer.connected);
}

TEST_CASE("a peer that wants to negotiate again is told no_renegotiation", "[dtls][rfc5246-7.2.2][C7]") {
  const auto role = GENERATE(Role::client, Role::server);
  Foreign foreign{role == Role::client ? Role::server : Role::client, [](SSL_CTX*) {}};
  foreign.watch_alerts();
  auto peer = make_peer(role);
  foreign.talk_to(peer);
  REQUIRE(peer.connected);
  REQUIRE(SSL_renegotiate(foreign.ssl()) == 1);
  foreign.talk_to(peer);
  CHECK(foreign.was_told(SSL_AD_NO_RENEGOTIATION));
  REQUIRE(peer.failed.has_value());  // OpenSSL does not live with the refusal
  CHECK(peer.failed->cause == Failed::Cause::alert_received);
  CHECK(peer.session->peer_certificate() == rsa().der());
}

std::vector<Bytes> client_hello_of(const std::string& browser) {
  std::vector<Bytes> datagrams;
  const std::filesystem::path shared{SLUICE_SHARED_DIR};
  if (shared.empty()) return datagrams;
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator{shared / "corpora" / "browsers-live" / browser}) {
    if (file.path().filename().string().find("-dtls-hs-t1-off") != std::string::npos) files.push_back(file.path());
  }
  std::ranges::sort(files);
  for (const auto& path : files) {
    std::ifstream in{path, std::ios::binary};
    const std::string content{std::istreambuf_iterator<char>{in}, {}};
    datagrams.push_back(copy(as_bytes(content)));
  }
  return datagrams;
}

// RFC 6347 §4.2.2: the message type behind the first record header of a handshake datagram.
bool is_server_hello(const Bytes& datagram) {
  Reader in{datagram};
  const auto type = in.u8();
  in.skip(12);
  return type == 22 && in.u8() == 2;
}

TEST_CASE("the ClientHello that browsers send in two datagrams is answered, in any order", "[dtls][C8]") {
  const auto browser = GENERATE(as<std::string>{}, "chromium156", "firefox153esr");
  const auto order = GENERATE(as<std::vector<std::size_t>>{}, std::vector<std::size_t>{0, 1},
                              std::vector<std::size_t>{1, 0}, std::vector<std::size_t>{0, 0, 1},
                              std::vector<std::size_t>{1, 1, 0}, std::vector<std::size_t>{0, 1, 0, 1});
  const auto hello = client_hello_of(browser);
  if (hello.empty()) {
    WARN("no browser captures here; not tested");
    return;
  }
  REQUIRE(hello.size() == 2);
  auto server = make_peer(Role::server);
  std::vector<Bytes> answers;
  for (const auto index : order) {
    server.session->handle_datagram(Pair::now(), hello[index]);
    server.drain();
    const auto more = server.transmit();
    answers.insert(answers.end(), more.begin(), more.end());
  }
  CHECK_FALSE(server.failed.has_value());
  REQUIRE_FALSE(answers.empty());
  CHECK(is_server_hello(answers.front()));
}

// The fragments of a ClientHello carry message sequence numbers and offsets: split one as a browser would.
std::vector<Bytes> split_hello(const Bytes& datagram, std::size_t at) {
  const auto body = ByteView{datagram}.subspan(25);
  std::vector<Bytes> fragments;
  std::uint8_t sequence = 0;
  for (const auto& [offset, part] : {std::pair{std::size_t{0}, body.first(at)}, std::pair{at, body.subspan(at)}}) {
    auto fragment = copy(ByteView{datagram}.first(25));
    fragment[10] = static_cast<std::byte>(sequence++);
    const auto put = [&](std::size_t index, std::size_t value) {
      fragment[index] = static_cast<std::byte>(value >> 8);
      fragment[index + 1] = static_cast<std::byte>(value & 0xff);
    };
    put(11, part.size() + 12);
    put(20, offset);
    put(23, part.size());
    fragment.insert(fragment.end(), part.begin(), part.end());
    fragments.push_back(fragment);
  }
  return fragments;
}

TEST_CASE("a ClientHello may be cut anywhere and its halves may change places", "[dtls][rfc6347-4.2.3][C8]") {
  Pair pair;
  pair.start();
  const auto hello = pair.sent.front().bytes;
  for (std::size_t at = 1; at < hello.size() - 26; at += 7) {
    CAPTURE(at);
    const auto halves = split_hello(hello, at);
    for (const bool swapped : {false, true}) {
      auto server = make_peer(Role::server);
      server.session->handle_datagram(Pair::now(), halves[swapped ? 1 : 0]);
      CHECK(server.transmit().empty());
      server.session->handle_datagram(Pair::now(), halves[swapped ? 0 : 1]);
      server.drain();
      const auto answer = server.transmit();
      REQUIRE_FALSE(answer.empty());
      CHECK(is_server_hello(answer.front()));
    }
  }
}

}  // namespace
}  // namespace sluice::dtls
