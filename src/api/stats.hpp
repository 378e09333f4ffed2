#pragma once
// StatsBook: makes the reports of one connection, and remembers what outlives the objects in them.   W3C webrtc-stats
#include <list>
#include <memory>
#include <optional>

#include "crypto/hmac.hpp"
#include "peer/engine.hpp"
#include "sluice/stats.hpp"

namespace sluice::api {

class StatsBook {
 public:
  explicit StatsBook(Random&);

  void channel_opened() noexcept { ++totals_.data_channels_opened; }
  void channel_closed() noexcept { ++totals_.data_channels_closed; }
  /// The last figures of a channel that has ended.
  void channel_ended(DataChannelStats, bool was_open);
  DataChannelStats describe(peer::ChannelId, const dcep::Channels&, DataChannelState) const;

  /// Of an engine that has not been closed.
  StatsReport report(peer::Engine&, std::vector<DataChannelStats> open) const;
  /// After the engine is gone: the last report, with everything closed.
  StatsReport last_report() const;
  void close(StatsReport last) { last_ = std::make_unique<const StatsReport>(std::move(last)); }

 private:
  static constexpr std::size_t max_ended_channels = 256;

  StatsId id(std::string_view what, std::string_view key) const;
  CertificateStats certificate(ByteView der) const;
  void add_transport(StatsReport&, const peer::Statistics&) const;
  // A restart makes other candidates and pairs, also of the same addresses: `generation` is our ufrag.
  void add_candidates(StatsReport&, std::string_view generation, const ice::Statistics&) const;
  void add_pair(StatsReport&, std::string_view generation, const ice::PairStatistics&) const;
  StatsId local_id(std::string_view generation, const ice::Candidate&) const;
  StatsId remote_id(std::string_view generation, const ice::Candidate&) const;
  StatsId pair_id(std::string_view generation, const ice::CandidatePair&) const;

  // Ids are names that only this connection can make: stable, not to be guessed.
  std::string key_;
  mutable std::optional<crypto::HmacSha1> names_{};  // since the first report: most connections are never asked
  PeerConnectionStats totals_{};
  std::list<DataChannelStats> ended_{};
  std::unique_ptr<const StatsReport> last_{};  // none before the end
};

}  // namespace sluice::api
