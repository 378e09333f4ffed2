// sluice-floor: what the libraries below Sluice do without it, as the measure of how much Sluice adds.
//
// usage: sluice-floor '{"what": "bulk", "size": 65536, "window": 1}'; prints one object of figures.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <exception>
#include <iostream>
#include <string_view>

#include "floor/programs.hpp"
#include "process.hpp"

namespace {

using namespace sluice;
using floor::json;
using floor::Lines;
namespace asio = boost::asio;

using End = asio::awaitable<json> (*)(Lines&, const json&);

End end_of(const json& parameters, bool first) {
  const auto what = parameters["what"].get<std::string>();
  if (what == "bulk") return first ? floor::send_bulk : floor::receive_bulk;
  if (what == "udp") return first ? floor::ping : floor::pong;
  throw std::invalid_argument{"no floor for " + what};
}

asio::awaitable<json> lead(Lines& lines, const json& parameters) {
  co_await lines.send(parameters);
  co_return co_await end_of(parameters, true)(lines, parameters);
}

asio::awaitable<json> follow(Lines& lines) {
  const auto parameters = co_await lines.receive();
  co_return co_await end_of(parameters, false)(lines, parameters);
}

json run_until_done(asio::io_context& io, asio::awaitable<json> work) {
  auto done = asio::co_spawn(io, std::move(work), asio::use_future);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (done.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
    io.run_one_for(std::chrono::seconds{1});
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error{"the floor came to a standstill"};
  }
  return done.get();
}

json in_two_processes(const json& parameters) {
  const auto [near, far] = bench::connected_descriptors();
  bench::Child child{far};
  asio::io_context io;
  Lines lines{io.get_executor(), near};
  auto figures = run_until_done(io, lead(lines, parameters));
  child.join();
  return figures;
}

void serve(int descriptor) {
  asio::io_context io;
  Lines lines{io.get_executor(), descriptor};
  run_until_done(io, follow(lines));
}

}  // namespace

int main(int argc, char** argv) try {
  constexpr std::string_view serving = "--serve=";
  if (argc != 2) throw std::invalid_argument{"one argument: what, as JSON"};
  const std::string argument = argv[1];
  if (argument.starts_with(serving)) {
    serve(std::stoi(argument.substr(serving.size())));
    return 0;
  }
  const auto parameters = json::parse(argument);
  const auto what = parameters["what"].get<std::string>();
  if (what == "handshake") {
    std::cout << floor::handshakes(parameters) << '\n';
  } else if (what == "idle") {
    std::cout << floor::idle(parameters) << '\n';
  } else {
    std::cout << in_two_processes(parameters) << '\n';
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "sluice-floor: " << error.what() << '\n';
  return 1;
}
