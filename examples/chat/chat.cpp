#include "chat/chat.hpp"

#include <boost/asio/use_awaitable.hpp>

#include "support/link.hpp"

namespace chat {
namespace {

namespace asio = boost::asio;
using example::print_line;
using nlohmann::json;

constexpr std::string_view help =
    R"(start      make an offer for the other side
{...}      a description that the other side printed: paste it as one line
/status    states, path and channel
/help      this
/quit      leave
Anything else is said to the other side.)";

// A terminal cuts a line that is typed or pasted at 4096 bytes; a description is shorter.
void show_description(const json& line) {
  print_line("Paste this on the other side:");
  print_line(line.dump());
}

}  // namespace

Chat::Chat(asio::any_io_executor executor, sluice::Configuration configuration)
    : connection_{executor, std::move(configuration)},
      negotiation_{connection_,
                   {.trickle = false},
                   show_description,
                   [this](std::string_view, sluice::error_code error) {
                     print_line("* " + example::explain(connection_, error));
                   }},
      lines_{executor} {
  connection_.on_data_channel([this](sluice::DataChannel channel) { join(std::move(channel)); });
  connection_.on_connection_state_change(
      [](sluice::ConnectionState state) { print_line("* " + std::string{to_string(state)}); });
}

asio::awaitable<void> Chat::run() {
  print_line("Type `start`, or paste the other side's description. /help tells more.");
  for (;;) {
    const auto line = co_await lines_.next();
    if (!line || *line == "/quit") break;
    handle(*line);
  }
  co_await connection_.async_close(asio::use_awaitable);
}

void Chat::handle(const std::string& line) {
  if (line.empty()) return;
  if (line == "/help") return print_line(help);
  if (line == "/status") return show_status();
  if (line.starts_with('{')) return signal(line);
  if (line != "start") return say(line);
  if (channel_.state() != sluice::DataChannelState::closed) return print_line("* already started");
  join(connection_.create_data_channel("chat"));
  negotiation_.offer();
}

void Chat::signal(const std::string& line) {
  const auto message = json::parse(line, nullptr, false);
  if (!message.is_object() || !negotiation_.handle(message)) print_line("* not a description; was all of it pasted?");
}

void Chat::say(const std::string& text) {
  if (const auto error = channel_.send(text)) print_line("* not sent: " + error.message());
}

void Chat::join(sluice::DataChannel channel) {
  channel_ = std::move(channel);
  channel_.on_open([] { print_line("* you can talk now"); });
  channel_.on_message([](const sluice::Message& message) {
    print_line(message.is_text() ? "< " + std::string{message.text()}
                                 : "< " + std::to_string(message.size()) + " bytes");
  });
  channel_.on_close([] { print_line("* the other side has left"); });
}

void Chat::show_status() const {
  print_line("connection " + std::string{to_string(connection_.connection_state())});
  print_line("signaling  " + std::string{to_string(connection_.signaling_state())});
  print_line("ice        " + std::string{to_string(connection_.ice_connection_state())});
  print_line("channel    " + std::string{to_string(channel_.state())});
  if (const auto pair = example::selected_pair(connection_)) print_line("path       " + example::path_text(*pair));
}

}  // namespace chat
