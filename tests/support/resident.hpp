#pragma once
// Resident memory of this process, in KiB.
#include <fstream>

namespace sluice::test {

inline long resident() {
  std::ifstream statm{"/proc/self/statm"};
  long total = 0, pages = 0;
  statm >> total >> pages;
  return pages * 4;
}

}  // namespace sluice::test
