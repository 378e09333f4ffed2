#pragma once
// Data channels: messages in both directions over a connection.   W3C §6.2, RFC 8831
//
// Messages and other events wait in the channel until they are consumed: by the handler registered with an _on_
// function, or one at a time by an operation. While too many wait (sluice_limits) the connection stops reading and SCTP
// holds the peer back. Messages of a channel without any handle, handler or pending operation are dropped.
#include "sluice/c/base.h"

SLUICE_BEGIN_C

/// A handle; several may name the same channel. To free one closes nothing, it only drops the handlers registered
/// through it.
typedef struct sluice_data_channel sluice_data_channel;

/// W3C §6.2
typedef enum sluice_data_channel_state {
  SLUICE_DATA_CHANNEL_STATE_CONNECTING,
  SLUICE_DATA_CHANNEL_STATE_OPEN,
  SLUICE_DATA_CHANNEL_STATE_CLOSING,
  SLUICE_DATA_CHANNEL_STATE_CLOSED
} sluice_data_channel_state;

/// "connecting", "open", "closing", "closed"; "" for another value.
SLUICE_EXPORT const char* sluice_data_channel_state_name(sluice_data_channel_state state);

/// W3C §6.2.9 RTCDataChannelInit. At most one of max_packet_life_time and max_retransmits.
typedef struct sluice_data_channel_options {
  size_t size;
  bool ordered;                  ///< By default true.
  bool negotiated;               ///< Both sides create the channel with the same id, nothing is announced.
  int32_t max_packet_life_time;  ///< 0 to 65535 milliseconds, then a message is given up; -1: never.
  int32_t max_retransmits;       ///< 0 to 65535, 0: sent once; -1: no limit.
  int32_t id;                    ///< 0 to 65534, needed if negotiated, otherwise ignored; or -1.
  const char* protocol;          ///< At most 65535 bytes; NULL: "".
} sluice_data_channel_options;

/// The defaults, in `size` bytes: ordered, reliable, announced.
SLUICE_EXPORT void sluice_data_channel_options_init(sluice_data_channel_options* options, size_t size);

/// Another handle of the same channel, without handlers; NULL for NULL, or when memory is short.
SLUICE_EXPORT sluice_data_channel* sluice_data_channel_copy(const sluice_data_channel* channel);
SLUICE_EXPORT void sluice_data_channel_free(sluice_data_channel* channel);
/// Whether both are handles of the same channel.
SLUICE_EXPORT bool sluice_data_channel_same(const sluice_data_channel* a, const sluice_data_channel* b);

// Getters, for any thread; after the end they keep their last values. W3C §6.2

/// Lives as long as this handle; "" for NULL. `length` in bytes, because peers can send labels with NULs; may be NULL.
SLUICE_EXPORT const char* sluice_data_channel_label(const sluice_data_channel* channel, size_t* length);
/// Likewise.
SLUICE_EXPORT const char* sluice_data_channel_protocol(const sluice_data_channel* channel, size_t* length);
/// True for NULL.
SLUICE_EXPORT bool sluice_data_channel_ordered(const sluice_data_channel* channel);
/// Or -1: no limit.
SLUICE_EXPORT int32_t sluice_data_channel_max_retransmits(const sluice_data_channel* channel);
/// In milliseconds; or -1: no limit.
SLUICE_EXPORT int32_t sluice_data_channel_max_packet_life_time(const sluice_data_channel* channel);
SLUICE_EXPORT bool sluice_data_channel_negotiated(const sluice_data_channel* channel);
/// -1 until it is known: with DCEP from the first answer on. RFC 8832 §6
SLUICE_EXPORT int32_t sluice_data_channel_id(const sluice_data_channel* channel);
SLUICE_EXPORT sluice_data_channel_state sluice_data_channel_ready_state(const sluice_data_channel* channel);
/// Why the channel failed, as on_error says it; yours to free. NULL: it has not.
SLUICE_EXPORT sluice_rtc_error* sluice_data_channel_error(const sluice_data_channel* channel);
/// Bytes given to send that have not been handed to SCTP. Rises in send, keeps its value after close.
SLUICE_EXPORT size_t sluice_data_channel_buffered_amount(const sluice_data_channel* channel);
/// on_buffered_amount_low is called when buffered_amount falls from above to this or below. Bytes, at first 0.
SLUICE_EXPORT size_t sluice_data_channel_buffered_amount_low_threshold(const sluice_data_channel* channel);
SLUICE_EXPORT void sluice_data_channel_set_buffered_amount_low_threshold(const sluice_data_channel* channel,
                                                                         size_t bytes);

/// As a length: the text ends with a NUL.
#define SLUICE_NUL_TERMINATED SIZE_MAX

/// Queues one message; the data is copied or sent during the call. Text should be UTF-8 and may have length 0; `length`
/// in bytes, or SLUICE_NUL_TERMINATED. Errors: bad_argument, closed, not_open, message_too_large, send_queue_full; then
/// nothing was queued. Messages of one thread keep their order. Any thread. W3C §6.2.10
SLUICE_EXPORT sluice_error sluice_data_channel_send_text(const sluice_data_channel* channel, const char* text,
                                                         size_t length);
/// Likewise, binary; `data` may be NULL if `length` is 0.
SLUICE_EXPORT sluice_error sluice_data_channel_send_binary(const sluice_data_channel* channel, const void* data,
                                                           size_t length);

/// Sends; done when the channel wants more (buffered_amount at or below sluice_limits.send_high_water). Errors of done:
/// those of sending, and closed if the channel ended meanwhile.
SLUICE_EXPORT sluice_error sluice_data_channel_send_text_async(const sluice_data_channel* channel, const char* text,
                                                               size_t length, sluice_done done, void* user);
SLUICE_EXPORT sluice_error sluice_data_channel_send_binary_async(const sluice_data_channel* channel, const void* data,
                                                                 size_t length, sluice_done done, void* user);

/// Ends the channel on both sides; what is queued is sent first. Idempotent. Any thread. W3C §6.2.4
SLUICE_EXPORT void sluice_data_channel_close(const sluice_data_channel* channel);

typedef enum sluice_message_kind { SLUICE_MESSAGE_TEXT, SLUICE_MESSAGE_BINARY } sluice_message_kind;

/// A message exactly as it was sent: text is not validated and not followed by a NUL; data is never NULL, and lives
/// until the function returns.
typedef void (*sluice_message_handler)(void* user, sluice_message_kind kind, const void* data, size_t length);
/// Likewise, the end of an operation: with an error the message is empty.
typedef void (*sluice_message_done)(void* user, sluice_error error, sluice_message_kind kind, const void* data,
                                    size_t length);

// Operations. Errors of all: bad_argument.

/// Done with the next message; after the last one: closed. One at a time: a second concurrent call is done with
/// already_waiting. It wins over on_message.
SLUICE_EXPORT sluice_error sluice_data_channel_receive(const sluice_data_channel* channel, sluice_message_done done,
                                                       void* user);
/// Done when the channel is open, at once if it is. Errors of done: closed if it ends before, or the reason if the
/// connection fails first. Any number may wait.
SLUICE_EXPORT sluice_error sluice_data_channel_wait_open(const sluice_data_channel* channel, sluice_done done,
                                                         void* user);
/// Done when the peer closes the channel, at once if it has. Errors of done: closed if the channel ends otherwise. Any
/// number may wait. W3C §6.2.4
SLUICE_EXPORT sluice_error sluice_data_channel_wait_closing(const sluice_data_channel* channel, sluice_done done,
                                                            void* user);
/// Done when the channel is closed, at once if it is: with OK, or with the reason if it failed. Any number may wait.
SLUICE_EXPORT sluice_error sluice_data_channel_wait_closed(const sluice_data_channel* channel, sluice_done done,
                                                           void* user);
/// Done when buffered_amount is at or below the threshold, at once if it is. Errors of done: closed. Any number may
/// wait.
SLUICE_EXPORT sluice_error sluice_data_channel_wait_buffered_amount_low(const sluice_data_channel* channel,
                                                                        sluice_done done, void* user);

// Events. One handler each for a channel, the latest; NULL takes it back. They take effect when the loop comes to it,
// at once in a handler of the connection. The last ones called, in this order: on_error (if the channel failed),
// on_close. Errors: bad_argument. W3C §6.2

SLUICE_EXPORT sluice_error sluice_data_channel_on_open(const sluice_data_channel* channel, sluice_handler handler,
                                                       void* user);
SLUICE_EXPORT sluice_error sluice_data_channel_on_message(const sluice_data_channel* channel,
                                                          sluice_message_handler handler, void* user);
/// The peer closes the channel. W3C §6.2.4
SLUICE_EXPORT sluice_error sluice_data_channel_on_closing(const sluice_data_channel* channel, sluice_handler handler,
                                                          void* user);
/// Also after a local close of channel or connection, but not after freeing the connection.
SLUICE_EXPORT sluice_error sluice_data_channel_on_close(const sluice_data_channel* channel, sluice_handler handler,
                                                        void* user);
SLUICE_EXPORT sluice_error sluice_data_channel_on_error(const sluice_data_channel* channel,
                                                        sluice_error_handler handler, void* user);
SLUICE_EXPORT sluice_error sluice_data_channel_on_buffered_amount_low(const sluice_data_channel* channel,
                                                                      sluice_handler handler, void* user);

SLUICE_END_C
