#include "floor/stack.hpp"

#include <usrsctp.h>

namespace sluice::floor {

// As sctp::Stack does it, see there for the reasons.
void prepare_stack(Output output) {
  usrsctp_tunable_set_sctp_pcbtblsize(1);
  usrsctp_init_nothreads(0, output, nullptr);
  usrsctp_enable_crc32c_offload();
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  usrsctp_sysctl_set_sctp_asconf_enable(0);
  usrsctp_sysctl_set_sctp_auto_asconf(0);
  usrsctp_sysctl_set_sctp_auth_enable(0);
  usrsctp_sysctl_set_sctp_pktdrop_enable(0);
  usrsctp_sysctl_set_sctp_nrsack_enable(0);
  usrsctp_sysctl_set_sctp_max_chunks_on_queue(10 * 1024);
  usrsctp_sysctl_set_sctp_initial_cwnd(10);
  usrsctp_sysctl_set_sctp_fr_max_burst_default(4);
  usrsctp_sysctl_set_sctp_max_retran_chunk(0);
}

}  // namespace sluice::floor
