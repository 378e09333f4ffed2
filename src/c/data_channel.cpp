#include "sluice/c/data_channel.h"

#include "c/handle.hpp"

namespace sluice::c {

void set_defaults(sluice_data_channel_options& options) noexcept {
  options.ordered = true;
  options.max_packet_life_time = options.max_retransmits = options.id = -1;
}

namespace {

// Never NULL, which an empty vector has.
const void* data_of(std::span<const std::byte> bytes) noexcept {
  return bytes.empty() ? static_cast<const void*>("") : bytes.data();
}

sluice_message_kind kind_of(const Message& message) noexcept {
  return message.is_text() ? SLUICE_MESSAGE_TEXT : SLUICE_MESSAGE_BINARY;
}

std::string_view text_of(const char* text, std::size_t length) {
  if (length == SLUICE_NUL_TERMINATED) return &require(text);
  return {elements(text, length).data(), length};
}

std::span<const std::byte> bytes_of(const void* data, std::size_t length) {
  return elements(static_cast<const std::byte*>(data), length);
}

const char* member(const sluice_data_channel* channel, const std::string sluice_data_channel::*text,
                   std::size_t* length) noexcept {
  if (length) *length = channel ? (channel->*text).size() : 0;
  return channel ? (channel->*text).c_str() : "";
}

// An operation `begin(value, completion)`; of a channel whose connection is freed, it ends with `otherwise`.
template <class Deliver, class Begin>
void start(const sluice_data_channel& handle, error_code otherwise, Deliver deliver, Begin begin) {
  if (!handle.home.connection.expired()) return begin(handle.value, completion(handle, deliver));
  asio::post(handle.home.strand, [deliver, otherwise] { deliver(otherwise); });
}

template <class Begin>
sluice_error wait(const sluice_data_channel* channel, sluice_done done, void* user, Begin begin,
                  error_code otherwise = Error::closed) noexcept {
  return guarded([&] {
    const auto deliver = [done, user](error_code error) {
      if (done) done(user, to_c(error));
    };
    start(require(channel), otherwise, deliver, begin);
  });
}

template <class On>
sluice_error on_event(const sluice_data_channel* channel, sluice_handler handler, void* user, On on) noexcept {
  return listen<>(
      channel, handler, [on](const DataChannel& value, auto listener) { (value.*on)(std::move(listener)); },
      [handler, user] { handler(user); });
}

}  // namespace
}  // namespace sluice::c

using namespace sluice::c;
using sluice::DataChannel;

void sluice_data_channel_options_init(sluice_data_channel_options* options, size_t size) { initialise(options, size); }

sluice_data_channel* sluice_data_channel_copy(const sluice_data_channel* channel) { return copy(channel); }
void sluice_data_channel_free(sluice_data_channel* channel) { delete channel; }
bool sluice_data_channel_same(const sluice_data_channel* a, const sluice_data_channel* b) { return same(a, b); }

const char* sluice_data_channel_label(const sluice_data_channel* channel, size_t* length) {
  return member(channel, &sluice_data_channel::label, length);
}

const char* sluice_data_channel_protocol(const sluice_data_channel* channel, size_t* length) {
  return member(channel, &sluice_data_channel::protocol, length);
}

bool sluice_data_channel_ordered(const sluice_data_channel* channel) {
  return get(channel, true, [](const auto& value) { return value.ordered(); });
}

int32_t sluice_data_channel_max_retransmits(const sluice_data_channel* channel) {
  return get(channel, int32_t{-1}, [](const auto& value) { return optional_number(value.max_retransmits()); });
}

int32_t sluice_data_channel_max_packet_life_time(const sluice_data_channel* channel) {
  return get(channel, int32_t{-1}, [](const auto& value) {
    const auto life_time = value.max_packet_life_time();
    return life_time ? static_cast<int32_t>(life_time->count()) : -1;
  });
}

bool sluice_data_channel_negotiated(const sluice_data_channel* channel) {
  return get(channel, false, [](const auto& value) { return value.negotiated(); });
}

int32_t sluice_data_channel_id(const sluice_data_channel* channel) {
  return get(channel, int32_t{-1}, [](const auto& value) { return optional_number(value.id()); });
}

sluice_data_channel_state sluice_data_channel_ready_state(const sluice_data_channel* channel) {
  return get(channel, SLUICE_DATA_CHANNEL_STATE_CLOSED,
             [](const auto& value) { return static_cast<sluice_data_channel_state>(value.state()); });
}

sluice_rtc_error* sluice_data_channel_error(const sluice_data_channel* channel) {
  return get(channel, static_cast<sluice_rtc_error*>(nullptr), [](const auto& value) {
    auto error = value.error();
    return error.code ? own(HeldRtcError{std::move(error)}) : nullptr;
  });
}

size_t sluice_data_channel_buffered_amount(const sluice_data_channel* channel) {
  return get(channel, size_t{0}, [](const auto& value) { return value.buffered_amount(); });
}

size_t sluice_data_channel_buffered_amount_low_threshold(const sluice_data_channel* channel) {
  return get(channel, size_t{0}, [](const auto& value) { return value.buffered_amount_low_threshold(); });
}

void sluice_data_channel_set_buffered_amount_low_threshold(const sluice_data_channel* channel, size_t bytes) {
  if (channel) channel->value.set_buffered_amount_low_threshold(bytes);
}

sluice_error sluice_data_channel_send_text(const sluice_data_channel* channel, const char* text, size_t length) {
  return guarded([&] { return require(channel).value.send(text_of(text, length)); });
}

sluice_error sluice_data_channel_send_binary(const sluice_data_channel* channel, const void* data, size_t length) {
  return guarded([&] { return require(channel).value.send(bytes_of(data, length)); });
}

sluice_error sluice_data_channel_send_text_async(const sluice_data_channel* channel, const char* text, size_t length,
                                                 sluice_done done, void* user) {
  return guarded([&] {
    std::string copy{text_of(text, length)};
    return wait(channel, done, user,
                [&](const auto& value, auto token) { value.async_send(std::move(copy), std::move(token)); });
  });
}

sluice_error sluice_data_channel_send_binary_async(const sluice_data_channel* channel, const void* data, size_t length,
                                                   sluice_done done, void* user) {
  return guarded([&] {
    const auto bytes = bytes_of(data, length);
    std::vector<std::byte> copy{bytes.begin(), bytes.end()};
    return wait(channel, done, user,
                [&](const auto& value, auto token) { value.async_send(std::move(copy), std::move(token)); });
  });
}

void sluice_data_channel_close(const sluice_data_channel* channel) {
  guarded([&] { require(channel).value.close(); });
}

sluice_error sluice_data_channel_receive(const sluice_data_channel* channel, sluice_message_done done, void* user) {
  return guarded([&] {
    require(done != nullptr);  // the message would be lost
    const auto deliver = [done, user](sluice::error_code error, const sluice::Message& message = {}) {
      done(user, to_c(error), kind_of(message), data_of(message.bytes()), message.size());
    };
    start(require(channel), sluice::Error::closed, deliver,
          [](const auto& value, auto token) { value.async_receive(std::move(token)); });
  });
}

sluice_error sluice_data_channel_wait_open(const sluice_data_channel* channel, sluice_done done, void* user) {
  return wait(channel, done, user, [](const auto& value, auto token) { value.async_wait_open(std::move(token)); });
}

sluice_error sluice_data_channel_wait_closing(const sluice_data_channel* channel, sluice_done done, void* user) {
  return wait(channel, done, user, [](const auto& value, auto token) { value.async_wait_closing(std::move(token)); });
}

sluice_error sluice_data_channel_wait_closed(const sluice_data_channel* channel, sluice_done done, void* user) {
  return guarded([&] {
    const auto reason = require(channel).value.error().code;
    return wait(
        channel, done, user, [](const auto& value, auto token) { value.async_wait_closed(std::move(token)); }, reason);
  });
}

sluice_error sluice_data_channel_wait_buffered_amount_low(const sluice_data_channel* channel, sluice_done done,
                                                          void* user) {
  return wait(channel, done, user,
              [](const auto& value, auto token) { value.async_wait_buffered_amount_low(std::move(token)); });
}

sluice_error sluice_data_channel_on_open(const sluice_data_channel* channel, sluice_handler handler, void* user) {
  return on_event(channel, handler, user, &DataChannel::on_open);
}

sluice_error sluice_data_channel_on_message(const sluice_data_channel* channel, sluice_message_handler handler,
                                            void* user) {
  return listen<sluice::Message>(
      channel, handler, [](const auto& value, auto listener) { value.on_message(std::move(listener)); },
      [handler, user](const sluice::Message& message) {
        handler(user, kind_of(message), data_of(message.bytes()), message.size());
      });
}

sluice_error sluice_data_channel_on_closing(const sluice_data_channel* channel, sluice_handler handler, void* user) {
  return on_event(channel, handler, user, &DataChannel::on_closing);
}

sluice_error sluice_data_channel_on_close(const sluice_data_channel* channel, sluice_handler handler, void* user) {
  return on_event(channel, handler, user, &DataChannel::on_close);
}

sluice_error sluice_data_channel_on_error(const sluice_data_channel* channel, sluice_error_handler handler,
                                          void* user) {
  return on_error(channel, handler, user,
                  [](const auto& value, auto listener) { value.on_error(std::move(listener)); });
}

sluice_error sluice_data_channel_on_buffered_amount_low(const sluice_data_channel* channel, sluice_handler handler,
                                                        void* user) {
  return on_event(channel, handler, user, &DataChannel::on_buffered_amount_low);
}
