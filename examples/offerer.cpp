// offerer: prints an offer, reads the answer, talks, and sends a file if it is given one.
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <iostream>

#include "support/file_transfer.hpp"
#include "support/link.hpp"

namespace {

namespace asio = boost::asio;

constexpr std::string_view usage =
    R"(usage: offerer [--file=PATH] [--trickle=true|false] [--ice-server=URL ...]
Prints an offer as one line of JSON on standard output and reads the answer as one line on standard input; the
answerer does the opposite. Then says hello, sends the file, and ends.

  --file=PATH         a file to send
  --trickle=true      print candidates as they are found, as lines of their own
  --ice-server=URL    stun: only so far, repeatable
  --turn-user=USER --turn-pass=PASSWORD
)";

asio::awaitable<void> ask(sluice::DataChannel chat, std::string question) {
  std::cerr << "> " << question << '\n';
  co_await chat.async_send(std::move(question), asio::use_awaitable);
  const auto reply = co_await chat.async_receive(asio::use_awaitable);
  std::cerr << "< " << reply.text() << '\n';
}

asio::awaitable<void> run(example::Link& link, std::string file) {
  const auto chat = link.connection().create_data_channel("chat");
  const auto transfer = file.empty() ? sluice::DataChannel{} : link.connection().create_data_channel("file");
  link.offer();
  link.start_reading();
  co_await link.connection().async_wait_connected(asio::use_awaitable);
  co_await chat.async_wait_open(asio::use_awaitable);
  link.report_connected();
  co_await ask(chat, "hello from the offerer");
  co_await ask(chat, "how are you?");
  if (!file.empty()) co_await example::send_file(transfer, file);
  co_await chat.async_send("bye", asio::use_awaitable);
  co_await link.connection().async_close(asio::use_awaitable);
}

}  // namespace

int main(int argc, char* argv[]) {
  const example::Options options{argc, argv, usage, {"file", "trickle", "ice-server", "turn-user", "turn-pass"}};
  const auto file = options.text("file");
  if (!file.empty() && !std::ifstream{file}) options.refuse("cannot read " + file);
  asio::io_context io{1};
  example::Link link{io.get_executor(), example::configuration_of(options), options.flag("trickle", false)};
  return example::run(io, run(link, file));
}
