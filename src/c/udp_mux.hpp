#pragma once
#include "c/handle.hpp"
#include "sluice/c/udp_mux.h"

struct sluice_udp_mux : sluice::c::Handle<sluice::UdpMux> {
  using Handle::Handle;
};
