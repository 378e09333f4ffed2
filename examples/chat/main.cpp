// chat: two people, one of them perhaps with chat.html in a browser. Signaling is copy and paste.
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <iostream>

#include "chat/chat.hpp"
#include "support/link.hpp"

namespace {

constexpr std::string_view usage =
    R"(usage: sluice-chat [--ice-server=URL ...]
Type `start` to make an offer, or paste the description of the other side. Then type what you want to say.

  --ice-server=URL    stun: only so far, repeatable
  --turn-user=USER --turn-pass=PASSWORD
)";

}  // namespace

int main(int argc, char* argv[]) {
  const example::Options options{argc, argv, usage, {"ice-server", "turn-user", "turn-pass"}};
  boost::asio::io_context io{1};
  chat::Chat chat{io.get_executor(), example::configuration_of(options)};
  return example::run(io, chat.run());
}
