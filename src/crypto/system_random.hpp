#pragma once
// SystemRandom: chance from the operating system, by way of OpenSSL.
#include "base/random.hpp"

namespace sluice::crypto {

class SystemRandom final : public Random {
 public:
  void fill(MutableBytes output) override;
};

}  // namespace sluice::crypto
