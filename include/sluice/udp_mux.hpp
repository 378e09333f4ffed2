#pragma once
// UdpMux: one UDP port for any number of connections. Beyond W3C.   RFC 8445 §7.3, RFC 7983
//
// A datagram finds its connection so:
//   - A connectivity check goes to the connection whose local ufrag it names. During an ICE restart a connection has
//     several. No two connections have the same: of fixed ones the first keeps it until it leaves.
//   - A response goes to the connection that has asked, which its transaction id tells.
//   - Everything else goes by the remote address, and an address belongs to the connection whose ICE agent has
//     authenticated a check from there: without the password of a connection nobody can bind an address to it, or
//     keep it bound.
//   - One address belongs to one connection at a time. Checks from there for another one are dropped, and its ICE
//   fails,
//     until the first is closed or has been silent there for 15 seconds. So two peers that both use one port each can
//     have one connection between these ports.
//   - A connection has at most 16 addresses; of more the one that has been silent for longest is forgotten.
//   - Datagrams of nobody are counted and dropped. They are never answered, and cost no memory.
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sluice/detail/async.hpp"
#include "sluice/detail/export.hpp"

namespace sluice {

struct UdpEndpoint {
  std::string address{};  ///< "192.0.2.1", "2001:db8::1"
  std::uint16_t port = 0;
  friend bool operator==(const UdpEndpoint&, const UdpEndpoint&) = default;
};

struct UdpMuxOptions {
  /// Sockets for each address, 1 to 64. Several share the port (SO_REUSEPORT), each is read on a strand of its own, and
  /// the system spreads the peers over them: for contexts that several threads run. Any other process of this user may
  /// then take a share of the port.
  std::size_t sockets_per_address = 1;
  /// How many unknown ufrags are told in one second; those beyond it are only counted.
  std::size_t unknown_ufrags_per_second = 100;
  std::uint8_t dscp = 0;  ///< The DSCP of what is sent, 0 to 63; RFC 8837 has advice.
};

/// A check for a ufrag that no connection has. Nothing of it is authenticated, and the source may be forged.
struct UnknownUfrag {
  std::string local_ufrag{};   ///< That a connection would have to have; 1 to 256 bytes of any kind.
  std::string remote_ufrag{};  ///< Of the peer; at most 256 bytes of any kind.
  UdpEndpoint source{};
  UdpEndpoint local{};  ///< Where it came to.
  friend bool operator==(const UnknownUfrag&, const UnknownUfrag&) = default;
};

/// Counted in datagrams, except the first.
struct UdpMuxStats {
  std::uint64_t connections = 0;     ///< At present.
  std::uint64_t strangers = 0;       ///< Dropped: of nobody, unknown ufrags that were not told among them.
  std::uint64_t unknown_ufrags = 0;  ///< Told, and dropped: the peer will check again.
  std::uint64_t contested = 0;       ///< Dropped: checks from an address that another connection has.
  std::uint64_t overflows = 0;       ///< Dropped: more waited than a connection on another strand may have, 1 MiB.
};

/// A copyable handle: copies name one mux; a default-constructed one names none, and only bool and == may be asked.
/// Connections use it by NetworkOptions::udp_mux. It is open until close(), or until the last handle and the last open
/// connection that uses it have gone; its handler is not to own a handle. While it is open it counts as work of its
/// context.
///
/// A mux lives on strands of its own. Connections made on its executor,
///   PeerConnection pc{mux.get_executor(), {.network = {.udp_mux = mux}}};
/// live on that strand too, one after another, and get their datagrams without detour. Those on other strands get a
/// copy of each batch; of more than 1 MiB that waits for one of them the rest is dropped.
///
/// No handle may outlive the context, not even of a closed mux: its sockets and strands are the context's. A closed
/// connection holds none, but a copy of its Configuration does.
///
/// close() leaves connections without sockets: their ICE goes to failed, with the reason in last_error(), and they can
/// be closed as ever.
///
/// Distinct objects: safe. Shared objects: const members from any thread; assignment is not one.
class SLUICE_EXPORT UdpMux {
 public:
  struct Impl;
  using executor_type = asio::any_io_executor;

  UdpMux() = default;
  /// Binds at once. Address "0.0.0.0" or "::": one socket for each address of this host that candidates would be made
  /// of, of that family, as they are now. Port 0: one that the system gives, the same for all addresses and nobody
  /// else's. Throws boost::system::system_error: bad_argument (no address, options out of range), or what the system
  /// says, as address_in_use. create() does not throw.
  UdpMux(executor_type executor, UdpEndpoint endpoint, UdpMuxOptions options = {});
  template <class Context>
  requires requires(Context& context) {
    { context.get_executor() } -> std::convertible_to<asio::any_io_executor>;
  }
  UdpMux(Context& context, UdpEndpoint endpoint, UdpMuxOptions options = {})
      : UdpMux{executor_type{context.get_executor()}, std::move(endpoint), options} {}
  /// On several addresses, at most 32 in all.
  static Result<UdpMux> create(executor_type executor, const std::vector<UdpEndpoint>& endpoints,
                               UdpMuxOptions options = {});

  explicit operator bool() const noexcept { return impl_ != nullptr; }
  friend bool operator==(const UdpMux&, const UdpMux&) = default;  ///< Whether both name the same mux.

  /// The strand of the socket with this number, modulo sockets_per_address.
  executor_type get_executor(std::size_t socket = 0) const;
  std::vector<UdpEndpoint> local_endpoints() const;  ///< As bound.
  UdpMuxStats stats() const;
  bool is_open() const;
  /// Idempotent.
  void close() const;

  /// For connections that are made when their peer comes: the handler makes one that has this local_ufrag (see
  /// NetworkOptions), and the next check of the peer, which comes within half a second, reaches it. The same ufrag may
  /// be told several times before. At most 64 wait for the handler; of more the oldest are dropped. Runs on the mux's
  /// first strand, unless another executor is bound to it.
  void on_unknown_ufrag(Listener<UnknownUfrag>) const;
  /// The next one. One operation at a time, which wins over the handler; closed when the mux is closed.
  template <TokenFor<void(error_code, UnknownUfrag)> Token = asio::deferred_t>
  auto async_next_unknown_ufrag(Token&& token = {}) const {
    return detail::initiate<UnknownUfrag>(
        [impl = impl_](auto handler) mutable { start_next(std::move(impl), std::move(handler)); }, token);
  }

  /// For this library's own use.
  explicit UdpMux(std::shared_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
  const std::shared_ptr<Impl>& impl() const noexcept { return impl_; }

 private:
  static void start_next(std::shared_ptr<Impl>, detail::Handler<UnknownUfrag>);

  std::shared_ptr<Impl> impl_{};
};

}  // namespace sluice
