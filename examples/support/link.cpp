#include "support/link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <iostream>

namespace example {

namespace asio = boost::asio;
using nlohmann::json;

sluice::Configuration configuration_of(const Options& options) {
  sluice::Configuration configuration;
  for (const auto& url : options.all("ice-server")) {
    sluice::IceServer server{.urls = {url}};
    if (url.starts_with("turn")) {
      server.username = options.text("turn-user");
      server.credential = options.text("turn-pass");
    }
    configuration.ice_servers.push_back(std::move(server));
  }
  if (const auto error = sluice::validate(configuration)) options.refuse(error.message());
  return configuration;
}

Link::Link(asio::any_io_executor executor, sluice::Configuration configuration, bool trickle)
    : connection_{executor, std::move(configuration)},
      negotiation_{connection_,
                   {.trickle = trickle},
                   [](const json& line) { print_line(line.dump()); },
                   [this](std::string_view where, sluice::error_code error) {
                     std::cerr << where << ": " << explain(connection_, error) << '\n';
                   }},
      lines_{executor} {}

void Link::start_reading() { asio::co_spawn(connection_.get_executor(), read_signaling(), asio::detached); }

asio::awaitable<void> Link::read_signaling() {
  bool described = false;
  while (const auto line = co_await lines_.next()) {
    const auto message = json::parse(*line, nullptr, false);
    if (message.is_object() && negotiation_.handle(message)) {
      described = described || message.contains("sdp");
    } else {
      std::cerr << "not a description or candidate; paste the whole line that the other side printed\n";
    }
  }
  if (!described) {
    std::cerr << "the input ended before the other side's description came\n";
    connection_.close();
  }
}

void Link::report_connected() const {
  const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start_;
  std::cerr << "connected after " << elapsed.count() << " ms";
  if (const auto pair = selected_pair(connection_)) std::cerr << ", " << path_text(*pair);
  std::cerr << '\n';
}

int run(asio::io_context& io, asio::awaitable<void> program) {
  int status = 1;
  asio::co_spawn(io, std::move(program), [&](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
      status = 0;
    } catch (const std::exception& failure) {
      std::cerr << failure.what() << '\n';
    }
    io.stop();
  });
  io.run();
  return status;
}

}  // namespace example
