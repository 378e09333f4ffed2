// answerer: reads an offer, prints the answer, replies to what is said, and takes a file if one is sent.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <iostream>

#include "support/file_transfer.hpp"
#include "support/link.hpp"

namespace {

namespace asio = boost::asio;

constexpr std::string_view usage =
    R"(usage: answerer [--save=PATH] [--trickle=true|false] [--ice-server=URL ...]
Reads an offer as one line of JSON on standard input and prints the answer as one line on standard output; see
offerer. Ends when the offerer says bye.

  --save=PATH         where to write a file that is sent; otherwise it is only checked
  --trickle=true      print candidates as they are found, as lines of their own
  --ice-server=URL    stun: only so far, repeatable
  --turn-user=USER --turn-pass=PASSWORD
)";

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

asio::awaitable<void> reply(sluice::DataChannel chat) {
  for (;;) {
    const auto message = co_await chat.async_receive(asio::use_awaitable);
    std::cerr << "< " << message.text() << '\n';
    if (message.text() == "bye") co_return;
    co_await chat.async_send("you said: " + std::string{message.text()}, asio::use_awaitable);
  }
}

// Channels may be announced in any order.
asio::awaitable<sluice::DataChannel> accept_chat(sluice::PeerConnection& connection, std::string save) {
  for (;;) {
    auto channel = co_await connection.async_accept_data_channel(asio::use_awaitable);
    if (channel.label() == "chat") co_return channel;
    asio::co_spawn(connection.get_executor(), example::receive_file(std::move(channel), save), rethrow);
  }
}

asio::awaitable<void> run(example::Link& link, std::string save) {
  auto& connection = link.connection();
  link.start_reading();
  co_await connection.async_wait_connected(asio::use_awaitable);
  link.report_connected();
  const auto chat = co_await accept_chat(connection, save);
  asio::co_spawn(connection.get_executor(), accept_chat(connection, save), asio::detached);
  co_await reply(chat);
  co_await connection.async_close(asio::use_awaitable);
}

}  // namespace

int main(int argc, char* argv[]) {
  const example::Options options{argc, argv, usage, {"save", "trickle", "ice-server", "turn-user", "turn-pass"}};
  asio::io_context io{1};
  example::Link link{io.get_executor(), example::configuration_of(options), options.flag("trickle", false)};
  return example::run(io, run(link, options.text("save")));
}
