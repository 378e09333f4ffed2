#pragma once
// One UDP port for any number of connections. Beyond W3C.   RFC 8445 §7.3, RFC 7983
//
// Connections use it by sluice_network_options.udp_mux. How datagrams find their connection, and what limits there are,
// stands in sluice/udp_mux.hpp.
#include "sluice/c/loop.h"

SLUICE_BEGIN_C

typedef struct sluice_udp_mux sluice_udp_mux;

typedef struct sluice_udp_endpoint {
  size_t size;
  const char* address;  ///< "192.0.2.1", "2001:db8::1"; to bind also "0.0.0.0" and "::": all of this host.
  uint16_t port;        ///< To bind: 0 is one that the system gives.
} sluice_udp_endpoint;

typedef struct sluice_udp_mux_options {
  size_t size;
  /// 1; 1 to 64 sockets for each address, which share its port (SO_REUSEPORT): for loops that several threads run.
  size_t sockets_per_address;
  size_t unknown_ufrags_per_second;  ///< 100; how many are told.
  uint8_t dscp;                      ///< 0; of what is sent, 0 to 63.
} sluice_udp_mux_options;

/// A check for a ufrag that no connection has. Nothing of it is authenticated, and the source may be forged. The ufrags
/// end where they contain a NUL.
typedef struct sluice_unknown_ufrag {
  size_t size;
  const char* local_ufrag;
  const char* remote_ufrag;
  sluice_udp_endpoint source;
  sluice_udp_endpoint local;
} sluice_unknown_ufrag;

/// Counted in datagrams, except the first.
typedef struct sluice_udp_mux_stats {
  size_t size;
  uint64_t connections;     ///< At present.
  uint64_t strangers;       ///< Dropped: of nobody.
  uint64_t unknown_ufrags;  ///< Told, and dropped.
  uint64_t contested;       ///< Dropped: checks from an address that another connection has.
  uint64_t overflows;       ///< Dropped: more than 1 MiB waited for one connection.
} sluice_udp_mux_stats;

/// `unknown` lives until the handler returns.
typedef void (*sluice_unknown_ufrag_handler)(void* user, const sluice_unknown_ufrag* unknown);

/// Fills a struct of `size` bytes with the defaults.
SLUICE_EXPORT void sluice_udp_endpoint_init(sluice_udp_endpoint* endpoint, size_t size);
SLUICE_EXPORT void sluice_udp_mux_options_init(sluice_udp_mux_options* options, size_t size);

/// Binds at once to all the endpoints, at most 32 addresses. Options may be NULL. Errors: bad_argument, or one of the
/// system.
SLUICE_EXPORT sluice_error sluice_udp_mux_new(sluice_loop* loop, const sluice_udp_endpoint* const* endpoints,
                                              size_t endpoint_count, const sluice_udp_mux_options* options,
                                              sluice_udp_mux** mux);
/// The mux is open until sluice_udp_mux_close(), or until this has been called and the last open connection that uses
/// it is closed.
SLUICE_EXPORT void sluice_udp_mux_free(sluice_udp_mux* mux);
/// Its connections lose their sockets, and their ICE fails.
SLUICE_EXPORT void sluice_udp_mux_close(sluice_udp_mux* mux);
SLUICE_EXPORT bool sluice_udp_mux_is_open(const sluice_udp_mux* mux);

/// The endpoint with this index, as bound; NULL beyond the last one.
SLUICE_EXPORT sluice_udp_endpoint* sluice_udp_mux_local_endpoint(const sluice_udp_mux* mux, size_t index);
SLUICE_EXPORT sluice_udp_mux_stats* sluice_udp_mux_get_stats(const sluice_udp_mux* mux);
/// Called at a limited rate; see sluice/udp_mux.hpp.
SLUICE_EXPORT sluice_error sluice_udp_mux_on_unknown_ufrag(sluice_udp_mux* mux, sluice_unknown_ufrag_handler handler,
                                                           void* user);

SLUICE_END_C
