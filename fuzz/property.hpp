#pragma once
// property: what must hold for every input of a fuzz target, in every build type.
#include <cstdio>
#include <cstdlib>

namespace sluice::fuzz {

inline void property(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

}  // namespace sluice::fuzz
