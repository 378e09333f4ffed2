#pragma once
// SeededRandom: the same numbers for the same seed.
#include <random>

#include "base/random.hpp"

namespace sluice::test {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed = 1) : engine_{seed} {}
  void fill(MutableBytes output) override {
    for (auto& octet : output) octet = static_cast<std::byte>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace sluice::test
