#pragma once
// Values of the C++ API as C structs. Each class holds the value, and view() is the struct that looks into it, valid as
// long as the object stays where it is. And the other way: to_cpp().
#include "c/block.hpp"
#include "c/structs.hpp"
#include "sluice/sluice.hpp"

struct sluice_certificate {
  sluice::Certificate value;
};

namespace sluice::c {

struct HeldDescription {
  SessionDescription value;
  sluice_session_description view() const noexcept;
};
SessionDescription to_cpp(const sluice_session_description&);

struct HeldCandidate {
  IceCandidate value;
  sluice_ice_candidate view() const noexcept;
};
IceCandidate to_cpp(const sluice_ice_candidate&);

struct HeldCandidates {
  std::vector<HeldCandidate> values;
  Pointers<sluice_ice_candidate> views{};
  sluice_ice_candidate_list view();
};

struct HeldCandidateInfo {
  IceCandidateInfo value;
  sluice_ice_candidate_info view() const;
};

struct HeldCandidatePair {
  HeldCandidateInfo local;
  HeldCandidateInfo remote;
  sluice_ice_candidate_info local_view{};
  sluice_ice_candidate_info remote_view{};
  sluice_ice_candidate_pair view();
};

struct HeldCandidateError {
  IceCandidateError value;
  sluice_ice_candidate_error view() const noexcept;
};

struct HeldParameters {
  IceParameters value;
  sluice_ice_parameters view() const noexcept;
};

struct HeldRtcError {
  RtcError value;
  sluice_rtc_error view() const;
};

struct HeldFingerprints {
  std::vector<Fingerprint> values;
  Pointers<sluice_fingerprint> views{};
  sluice_fingerprint_list view();
};

struct HeldBytes {
  std::vector<std::vector<std::byte>> values;
  std::vector<sluice_bytes> views{};
  sluice_bytes_list view();
};

struct HeldServer {
  IceServer value;
  std::vector<const char*> urls{};
  sluice_ice_server view();
};

/// What Configuration::key_log holds, so that get_configuration finds the function again.
struct KeyLog {
  void (*function)(void* user, const char* line);
  void* user;
  std::weak_ptr<const bool> connection;  // until it is freed
  void operator()(std::string_view line) const {
    if (const auto held = connection.lock()) function(user, std::string{line}.c_str());
  }
};

/// What NetworkOptions::filter holds, likewise.
struct AddressFilter {
  bool (*function)(void* user, const char* interface_name, const char* address);
  void* user;
  bool operator()(const NetworkAddress& address) const {
    return function(user, address.interface.c_str(), address.address.c_str());
  }
};

/// What NetworkOptions::candidate_filter holds.
struct CandidateFilter {
  bool (*function)(void* user, const char* candidate);
  void* user;
  bool operator()(const IceCandidate& candidate) const { return function(user, candidate.candidate.c_str()); }
};

struct HeldNetwork {
  NetworkOptions value;
  std::vector<const char*> addresses{};
  std::vector<const char*> external_addresses{};
  sluice_network_options view();
};

class HeldConfiguration {
 public:
  explicit HeldConfiguration(Configuration);
  sluice_configuration view();

 private:
  Configuration value_;
  std::vector<HeldServer> servers_{};
  Pointers<sluice_ice_server> server_views_{};
  Pointers<sluice_certificate> certificates_{};
  sluice_limits limits_{};
  HeldNetwork network_{};
  sluice_network_options network_view_{};
};
/// Throws what contradicts the struct's documentation, not what validate() finds.
Configuration to_cpp(const sluice_configuration&);

struct HeldCandidateStats {
  explicit HeldCandidateStats(IceCandidateStats);
  std::string id;
  std::string transport_id;
  HeldCandidateInfo info;
  sluice_ice_candidate_info info_view{};
  sluice_ice_candidate_stats view();
};

class HeldStats {
 public:
  explicit HeldStats(StatsReport);
  sluice_stats_report view();

 private:
  StatsReport value_;
  sluice_peer_connection_stats peer_connection_{};
  Pointers<sluice_data_channel_stats> data_channels_{};
  sluice_transport_stats transport_{};
  Pointers<sluice_candidate_pair_stats> candidate_pairs_{};
  std::vector<HeldCandidateStats> local_{};
  std::vector<HeldCandidateStats> remote_{};
  Pointers<sluice_ice_candidate_stats> local_candidates_{};
  Pointers<sluice_ice_candidate_stats> remote_candidates_{};
  Pointers<sluice_certificate_stats> certificates_{};
  sluice_sctp_stats sctp_{};
};

}  // namespace sluice::c
