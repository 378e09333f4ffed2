#pragma once
// Author: decides what our offers and answers say.   RFC 9429 §5.2, §5.3
//
// The session id stays and the version grows with every text that differs (RFC 9429 §5.2.2), over rollbacks too, and
// a mid of ours is never used twice.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sdp/compose.hpp"
#include "sdp/progress.hpp"

namespace sluice::sdp {

class Author {
 public:
  Author(SignalingOptions, Random&);

  // commands
  Expected<std::string> create_offer(const Progress&, bool ice_restart);
  Expected<std::string> create_answer(const Progress&);
  void set_sctp_init(std::string);
  void conditions_changed() noexcept { ++revision_; }  // what was created last is not accurate any more
  void round_changed(const Progress&);                 // a description was applied or rolled back
  void round_completed();                              // W3C: empties both "last created" slots
  void forget_answer();                                // the offer it answered is gone

  // observers
  /// W3C [[LastCreatedOffer]], [[LastCreatedAnswer]]; empty: none.
  const std::string& last(Type) const noexcept;
  bool is_accurate(Type) const noexcept;

 private:
  struct Created {
    std::string sdp{};
    std::uint64_t revision = 0;
  };
  // What a description not yet applied says for the first time.
  struct Draft {
    IceCredentials credentials{};
    std::string tls_id{};
  };

  const Draft& draft();
  TransportDescription basics();
  TransportDescription transport_of_offer(const Progress&, bool ice_restart);
  TransportDescription transport_of_answer(const Progress&);
  std::string choose_mid(const Session& base);
  Expected<std::vector<Section>> sections_of_offer(const Progress&, const TransportDescription&);
  std::string publish(Outline, std::vector<Section>, const Progress&);

  SignalingOptions options_;
  Random* random_;
  Outline origin_{};  // session id and version
  std::string last_text_{};
  Created offer_{};
  Created answer_{};
  std::string sctp_init_{};
  std::uint64_t revision_ = 1;
  std::optional<Draft> draft_{};
  std::string new_mid_{};  // chosen for a data section that is not negotiated yet
  unsigned next_mid_ = 0;
};

}  // namespace sluice::sdp
