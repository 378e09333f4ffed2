#pragma once
// SHA-256, in one go or piece by piece.
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace example {

class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> data);
  std::string hex();  ///< Ends it.

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

inline std::string sha256_hex(std::span<const std::byte> data) {
  Sha256 digest;
  digest.update(data);
  return digest.hex();
}

}  // namespace example
