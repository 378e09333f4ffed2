#pragma once
// The options of a usrsctp socket, with the reason of each.
#include "sctp/options.hpp"
#include "sctp/stack.hpp"

namespace sluice::sctp {

/// For a new socket, before it is bound. False if usrsctp refused one.
bool apply_options(NativeSocket*, const AssociationOptions&);

/// RFC 9260 §6.2: acknowledge every `packets` packets, or after 20 ms.
bool set_delayed_sack(NativeSocket*, unsigned packets);

/// RFC 8831 §6.6. Off, small messages wait to fill a packet.
bool set_no_delay(NativeSocket*, bool on);

/// While on, a message may be handed over in pieces.
bool set_explicit_end_of_record(NativeSocket*, bool on);

/// Messages are delivered in parts from this size on, while they still arrive.
bool set_partial_delivery_point(NativeSocket*, std::size_t size);

/// The congestion window starts anew, with so many packets, in slow start.
void begin_congestion_window(NativeSocket*, std::size_t packets);

/// How many bytes wait to be sent or acknowledged.
std::size_t bytes_in_send_buffer(NativeSocket*);

}  // namespace sluice::sctp
