#pragma once
// overloaded: one lambda per alternative, for std::visit.

namespace sluice {

template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
overloaded(Functions...) -> overloaded<Functions...>;

}  // namespace sluice
