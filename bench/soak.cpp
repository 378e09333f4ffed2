// Full speed for a long time: numbered messages in one direction, each of which the receiver compares byte by byte.
//
// The receiver reports each second: its sample, and the longest time between two messages, from which nothing is
// subtracted. The sender prints and sums up.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "course.hpp"
#include "endpoint.hpp"
#include "meter.hpp"
#include "session.hpp"

namespace sluice::bench {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t high_water = 1 * 1024 * 1024;
constexpr std::size_t low_water = 512 * 1024;

// A message that has its number at the beginning, in the middle and at the end.
class Numbered {
 public:
  explicit Numbered(std::size_t size) : bytes_(size, std::byte{0x5a}) {}

  std::span<const std::byte> message(std::uint64_t number) {
    for (const auto at : {std::size_t{0}, bytes_.size() / 2, bytes_.size() - sizeof number}) {
      std::memcpy(bytes_.data() + at, &number, sizeof number);
    }
    return bytes_;
  }
  static std::uint64_t number(std::span<const std::byte> message) {
    std::uint64_t result = 0;
    if (message.size() >= sizeof result) std::memcpy(&result, message.data(), sizeof result);
    return result;
  }

 private:
  std::vector<std::byte> bytes_;
};

asio::awaitable<void> pump_numbered(DataChannel channel, std::size_t size) {
  Numbered next{size};
  channel.set_buffered_amount_low_threshold(low_water);
  for (std::uint64_t number = 0;;) {
    while (channel.buffered_amount() + size <= high_water) {
      if (channel.send(next.message(number++))) co_return;
    }
    const auto [error] = co_await channel.async_wait_buffered_amount_low(as_result);
    if (error) co_return;
  }
}

// What has come: in order, whole, and without a gap?
class Inspector {
 public:
  explicit Inspector(std::size_t size) : expected_{size} {}

  void handle(const Message& message) {
    if (!total_.started()) total_.restart(), recent_.restart();  // what was before was set-up
    total_.count(message.size());
    recent_.count(message.size());
    if (!std::ranges::equal(message.bytes(), expected_.message(next_))) {
      ++faults_;
      next_ = Numbered::number(message.bytes());
    }
    ++next_;
  }
  bool started() const noexcept { return total_.started(); }

  nlohmann::json report() {
    const auto recent = recent_.reading();
    recent_.restart();
    return {{"sample", sample()}, {"recent", recent}, {"total", total_.reading()}, {"faults", faults_}};
  }

 private:
  Numbered expected_;
  std::uint64_t next_ = 0;
  std::uint64_t faults_ = 0;
  Meter total_{};
  Meter recent_{};
};

asio::awaitable<void> wait(std::chrono::milliseconds time) {
  asio::steady_timer timer{co_await asio::this_coro::executor, time};
  co_await timer.async_wait(asio::use_awaitable);
}

double megabytes_per_second(const nlohmann::json& reading) {
  return reading["bytes"].get<double>() / reading["seconds"].get<double>() / 1e6;
}

double stall_ms(const nlohmann::json& reading) { return reading["longest_gap"].get<double>() * 1e3; }

std::string line(const nlohmann::json& report) {
  return std::to_string(std::lround(megabytes_per_second(report["recent"]))) + " MB/s, longest stall " +
         std::to_string(std::lround(stall_ms(report["total"]))) + " ms, " + report["faults"].dump() + " faults";
}

nlohmann::json figures(const Course& course, const nlohmann::json& last, double left) {
  auto result = course.figures();
  result["megabytes_per_second"] = megabytes_per_second(last["total"]);
  result["messages"] = last["total"]["messages"];
  result["longest_stall_ms"] = stall_ms(last["total"]);
  result["faults"] = last["faults"];
  result["descriptors_left"] = left;
  return result;
}

nlohmann::json continues(bool more) { return {{"more", more}}; }

}  // namespace

asio::awaitable<nlohmann::json> send_long(Signaling& signaling, const nlohmann::json& parameters) {
  const auto before = co_await warm_up(signaling, true);
  auto endpoint = std::make_unique<Endpoint>(co_await asio::this_coro::executor);
  if (!co_await endpoint->offer(signaling)) throw std::runtime_error{"the connection did not open"};
  const auto size = parameters["size"].get<std::size_t>();
  asio::co_spawn(endpoint->connection().get_executor(), pump_numbered(endpoint->channel(), size), asio::detached);
  Course course{parameters["seconds"].get<double>()};
  nlohmann::json report;
  for (bool more = true; more;) {
    report = co_await signaling.receive();
    course.add(report["sample"]);
    course.report(line(report));
    more = !course.over();
    auto answer = continues(more);
    co_await signaling.send(std::move(answer));
  }
  const bool closed = co_await endpoint->close();
  endpoint.reset();
  const auto theirs = co_await signaling.receive();
  const auto left = co_await count_descriptors() - before;
  if (!closed || !theirs["closed"].get<bool>()) throw std::runtime_error{"the connection did not close"};
  co_return figures(course, report, left + theirs["left"].get<double>());
}

asio::awaitable<nlohmann::json> receive_long(Signaling& signaling, const nlohmann::json& parameters) {
  const auto before = co_await warm_up(signaling, false);
  Inspector inspector{parameters["size"].get<std::size_t>()};
  auto endpoint = std::make_unique<Endpoint>(co_await asio::this_coro::executor);
  if (!co_await endpoint->answer(signaling)) throw std::runtime_error{"the connection did not open"};
  endpoint->channel().on_message([&](const Message& message) { inspector.handle(message); });
  for (bool more = true; more;) {
    co_await wait(std::chrono::seconds{1});
    auto report = inspector.report();
    co_await signaling.send(std::move(report));
    const auto answer = co_await signaling.receive();
    more = answer["more"].get<bool>();
  }
  const bool closed = co_await endpoint->wait_closed();
  endpoint.reset();
  const auto left = co_await count_descriptors() - before;
  auto result = nlohmann::json::object();
  result["closed"] = closed;
  result["left"] = left;
  co_await signaling.send(result);
  co_await signaling.receive();
  co_return result;
}

}  // namespace sluice::bench
