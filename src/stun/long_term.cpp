#include "stun/long_term.hpp"

#include "base/reader.hpp"
#include "crypto/digest.hpp"

namespace sluice::stun {
namespace {

constexpr std::string_view nonce_cookie = "obMatJos2";  // RFC 8489 §9.2
constexpr std::string_view base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// RFC 8489 §18.1: 24 bits in base64 after the cookie. Those that we know are the first two.
struct Features {
  bool password_algorithms = false;
  bool username_anonymity = false;
};

Features features_of(std::string_view nonce) {
  if (!nonce.starts_with(nonce_cookie) || nonce.size() < nonce_cookie.size() + 4) return {};
  const auto first_bits = base64.find(nonce[nonce_cookie.size()]);
  if (first_bits == base64.npos) return {};
  return {(first_bits & 0x20) != 0, (first_bits & 0x10) != 0};
}

}  // namespace

LongTerm::LongTerm(std::string username, std::string password)
    : username_{std::move(username)}, password_{std::move(password)} {}

// §9.2.5
bool LongTerm::accept(const Message& challenge) {
  const auto error = challenge.get(attribute::error_code);
  const auto nonce = challenge.get(attribute::nonce);
  const auto realm = challenge.get(attribute::realm);
  if (!error || !nonce || (!realm && !session_)) return false;
  const auto features = features_of(*nonce);
  const auto algorithms = challenge.get(attribute::password_algorithms);
  if (features.password_algorithms && !algorithms) return false;  // somebody has taken it out, to get a weaker one
  const auto algorithm = algorithms ? first_known(*algorithms) : Algorithm::md5;
  if (!algorithm) return false;
  std::string next_realm{realm ? *realm : session_->realm};
  const bool stale = error->code == 438;
  const bool same = session_ && session_->realm == next_realm && session_->algorithm == *algorithm;
  if (same && !stale) return false;  // the credentials have been refused
  auto key = make_key(next_realm, *algorithm, algorithms.has_value());
  session_.emplace(
      Session{.realm = std::move(next_realm),
              .nonce = std::string{*nonce},
              .algorithms = algorithms ? std::optional{Bytes{algorithms->begin(), algorithms->end()}} : std::nullopt,
              .algorithm = *algorithm,
              .anonymous = features.username_anonymity,
              .key = std::move(key)});
  return true;
}

// §14.11: in the server's order of preference. Neither of those we know has parameters.
std::optional<LongTerm::Algorithm> LongTerm::first_known(ByteView algorithms) {
  Reader in{algorithms};
  while (in.remaining() != 0) {
    const auto number = in.u16();
    const auto size = in.u16();
    in.skip(size + (4u - size % 4u) % 4u);
    if (!in.ok()) return std::nullopt;
    const Algorithm algorithm{number};
    if (size == 0 && (algorithm == Algorithm::md5 || algorithm == Algorithm::sha256)) return algorithm;
  }
  return std::nullopt;
}

// §18.5.1. A server that offers a choice of algorithms knows MESSAGE-INTEGRITY-SHA256.
LongTerm::Key LongTerm::make_key(std::string_view realm, Algorithm algorithm, bool sha256_integrity) const {
  const auto hash = algorithm == Algorithm::md5 ? crypto::Hash::md5 : crypto::Hash::sha256;
  const auto colon = as_bytes(":");
  const auto secret = crypto::digest(hash, {as_bytes(username_), colon, as_bytes(realm), colon, as_bytes(password_)});
  if (sha256_integrity) return crypto::HmacSha256{secret};
  return crypto::HmacSha1{secret};
}

void LongTerm::sign(Builder& request) const {
  const auto& session = *session_;
  if (session.anonymous) {  // §14.4
    const auto parts = {as_bytes(username_), as_bytes(":"), as_bytes(session.realm)};
    request.add(attribute::userhash, crypto::digest(crypto::Hash::sha256, parts));
  } else {
    request.add(attribute::username, username_);
  }
  request.add(attribute::realm, session.realm);
  request.add(attribute::nonce, session.nonce);
  if (session.algorithms) {
    Bytes chosen;
    Writer out{chosen};
    out.u16(raw(session.algorithm));
    out.u16(0);
    request.add(attribute::password_algorithms, *session.algorithms);
    request.add(attribute::password_algorithm, chosen);
  }
  std::visit([&](const auto& key) { request.integrity(key); }, session.key);
}

bool LongTerm::verifies(const Message& response) const {
  return session_ && std::visit([&](const auto& key) { return response.authenticated_by(key); }, session_->key);
}

}  // namespace sluice::stun
