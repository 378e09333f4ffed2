#include "peer/channel.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "peer/base64.hpp"
#include "peer/events.hpp"
#include "peer/flood.hpp"
#include "support/sha256.hpp"

namespace peer {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

constexpr std::size_t longest_content = 4096;  // that a "message" line repeats

}  // namespace

Channel::Channel(sluice::DataChannel channel, asio::any_io_executor executor, bool echoes)
    : channel_{std::move(channel)}, executor_{std::move(executor)}, label_{channel_.label()}, echoes_{echoes} {}

void Channel::start() {
  const auto self = shared_from_this();
  channel_.on_open([self] { self->opened(); });
  channel_.on_error([self](const sluice::RtcError& error) { self->failed(error); });
  channel_.on_close([self] { emit({{"type", "closed"}, {"label", self->label_}}); });
  if (echoes_) {
    asio::co_spawn(executor_, self->echo(), asio::detached);
  } else {
    channel_.on_message([self](const sluice::Message& message) {
      if (self->count(message)) self->report(message);
    });
  }
  if (channel_.state() == sluice::DataChannelState::open) opened();
}

void Channel::opened() {
  if (std::exchange(opened_, true)) return;
  json event = {{"type", "open"}, {"label", label_}, {"id", nullptr}, {"t", monotonic_seconds()}};
  if (const auto id = channel_.id()) event["id"] = *id;
  emit(event);
}

void Channel::failed(const sluice::RtcError& error) const {
  json event = {{"type", "error"}, {"where", "channel " + label_}, {"message", error.code.message()}};
  if (!error.text.empty()) event["detail"] = error.text;
  if (error.sctp_cause_code) event["sctpCauseCode"] = *error.sctp_cause_code;
  emit(event);
}

// One message at a time, so that a slow reader on the other side holds its own sender back.
asio::awaitable<void> Channel::echo() {
  const auto self = shared_from_this();
  for (;;) {
    auto [error, message] = co_await channel_.async_receive(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    if (!count(message)) continue;
    if (!label_.starts_with("echo")) report(message);
    if (message.is_text()) {
      std::tie(error) = co_await channel_.async_send(std::string{message.text()}, asio::as_tuple(asio::use_awaitable));
    } else {
      std::tie(error) = co_await channel_.async_send(std::move(message).take(), asio::as_tuple(asio::use_awaitable));
    }
    // Who closes right behind a message gets no echo.
    if (error && channel_.state() == sluice::DataChannelState::open) fail("echo", error.message());
  }
}

bool Channel::count(const sluice::Message& message) {
  counters_.last = monotonic_seconds();
  if (counters_.messages == 0) counters_.first = counters_.last;
  ++counters_.messages;
  counters_.bytes += message.size();
  if (label_.starts_with("sink")) return false;
  if (!ping_) return true;
  if (const auto ping = ping_; !ping->echo_received()) ping_.reset();
  return false;
}

void Channel::report(const sluice::Message& message) const {
  json event = {{"type", "message"},
                {"label", label_},
                {"size", message.size()},
                {"kind", message.is_text() ? "text" : "binary"},
                {"sha256", example::sha256_hex(message.bytes())}};
  if (message.size() <= longest_content) {
    if (message.is_text()) {
      event["text"] = message.text();
    } else {
      event["base64"] = to_base64(message.bytes());
    }
  }
  emit(event);
}

void Channel::greet(std::string text) {
  channel_.async_send(std::move(text), [](sluice::error_code error) {
    if (error) fail("greeting", error.message());
  });
}

void Channel::send(const json& command) {
  sluice::error_code error;
  if (const auto text = command.find("text"); text != command.end()) {
    error = channel_.send(text->get<std::string>());
  } else {
    error = channel_.send(from_base64(command.value("base64", "")));
  }
  if (error) fail("send", error.message());
}

void Channel::flood(const json& command) { asio::co_spawn(executor_, peer::flood(channel_, command), asio::detached); }

void Channel::ping(const json& command) {
  if (ping_) return fail("ping", "one at a time");
  ping_ = std::make_shared<Ping>(channel_, executor_, command);
  ping_->start();
}

void Channel::counters(bool reset) {
  emit({{"type", "counters"},
        {"label", label_},
        {"bytes", counters_.bytes},
        {"messages", counters_.messages},
        {"first", counters_.first},
        {"last", counters_.last}});
  if (reset) counters_ = {};
}

}  // namespace peer
