// Connections that come and go: a fixed number of them between two processes, of which the oldest is replaced by a new
// one, again and again.
//
// They end in four ways in turn: either end closes in order, or is destroyed without a word. The other end learns of
// it by itself. Before the end, and after the beginning, messages go there and back.
#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>
#include <deque>

#include "course.hpp"
#include "endpoint.hpp"
#include "meter.hpp"
#include "session.hpp"

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Held = std::deque<std::unique_ptr<Endpoint>>;

// What the offering end asks of the other one, which answers each.
enum class Step { open, close, sample, end };

nlohmann::json order(Step step, std::uint64_t number = 0) {
  return {{"step", static_cast<int>(step)}, {"number", number}};
}

nlohmann::json outcome(bool good) { return {{"good", good}}; }

struct Ending {
  bool here;  // is this the end that closes?
  bool gracefully;
};

Ending ending(std::uint64_t number, bool offering) { return {(number % 2 == 0) == offering, number / 2 % 2 == 0}; }

asio::awaitable<bool> finish_oldest(Held& held, Ending how) {
  const auto oldest = std::move(held.front());
  held.pop_front();
  if (!how.here) co_return co_await oldest->wait_closed();
  if (how.gracefully) co_return co_await oldest->close();
  co_return true;
}

class Tally {
 public:
  /// Room for more than there will be, so that the list does not look like growth.
  explicit Tally(double seconds) : times_(static_cast<std::size_t>(seconds) * 1000) { times_.clear(); }

  void check(bool good) { faults_ += good ? 0 : 1; }
  void opened(Clock::duration time) {
    times_.push_back(std::chrono::duration<double, std::milli>{time}.count());
    longest_ = std::max(longest_, times_.back());
  }
  std::string line() const {
    return std::to_string(times_.size()) + " connections, " + std::to_string(faults_) + " faults, opened in " +
           std::to_string(std::lround(longest_)) + " ms at most";
  }
  nlohmann::json figures(nlohmann::json result) {
    result["connections"] = times_.size();
    result["faults"] = faults_;
    result["open_max_ms"] = longest_;
    result["open_p50_ms"] = times_.empty() ? 0 : percentile(times_, 0.5);
    result["open_p99_ms"] = times_.empty() ? 0 : percentile(times_, 0.99);
    return result;
  }

 private:
  std::uint64_t faults_ = 0;  // what has failed: to open, to answer, to be told of the end
  std::vector<double> times_;
  double longest_ = 0;
};

asio::awaitable<bool> good_there(Signaling& signaling) {
  const auto answer = co_await signaling.receive();
  co_return answer["good"].get<bool>();
}

asio::awaitable<void> open_one(Signaling& signaling, Held& held, Tally& tally) {
  auto what = order(Step::open);
  co_await signaling.send(std::move(what));
  const auto start = Clock::now();
  auto& endpoint = *held.emplace_back(std::make_unique<Endpoint>(co_await asio::this_coro::executor));
  const bool open = co_await endpoint.offer(signaling);
  if (open) tally.opened(Clock::now() - start);
  tally.check(open);
  tally.check(co_await good_there(signaling));
  tally.check(co_await endpoint.talk());
}

asio::awaitable<void> close_one(Signaling& signaling, Held& held, std::uint64_t number, Tally& tally) {
  tally.check(co_await held.front()->talk());
  auto what = order(Step::close, number);
  co_await signaling.send(std::move(what));
  tally.check(co_await finish_oldest(held, ending(number, true)));
  tally.check(co_await good_there(signaling));
}

asio::awaitable<void> take_sample(Signaling& signaling, Course& course) {
  auto what = order(Step::sample);
  co_await signaling.send(std::move(what));
  const auto theirs = co_await signaling.receive();
  course.add(theirs);
}

asio::awaitable<bool> accept_one(Signaling& signaling, Held& held) {
  auto& endpoint = *held.emplace_back(std::make_unique<Endpoint>(co_await asio::this_coro::executor));
  const bool open = co_await endpoint.answer(signaling);
  if (open) endpoint.echo();
  co_return open;
}

}  // namespace

asio::awaitable<nlohmann::json> replace_connections(Signaling& signaling, const nlohmann::json& parameters) {
  const auto before = co_await warm_up(signaling, true);
  const auto count = parameters["connections"].get<std::size_t>();
  const auto seconds = parameters["seconds"].get<double>();
  Held held;
  Tally tally{seconds};
  while (held.size() != count) co_await open_one(signaling, held, tally);
  std::uint64_t number = 0;
  Course course{seconds};
  while (!course.over()) {
    if (course.sample_due()) co_await take_sample(signaling, course);
    course.report(tally.line());
    co_await close_one(signaling, held, number++, tally);
    co_await open_one(signaling, held, tally);
  }
  while (!held.empty()) co_await close_one(signaling, held, number++, tally);
  auto end = order(Step::end);
  co_await signaling.send(std::move(end));
  const auto theirs = co_await signaling.receive();
  const auto left = co_await count_descriptors() - before;
  auto figures = tally.figures(course.figures());
  figures["descriptors_left"] = left + theirs["left"].get<double>();
  co_return figures;
}

asio::awaitable<nlohmann::json> follow_replacements(Signaling& signaling, const nlohmann::json&) {
  const auto before = co_await warm_up(signaling, false);
  Held held;
  for (bool more = true; more;) {
    const auto what = co_await signaling.receive();
    auto answer = nlohmann::json::object();
    switch (static_cast<Step>(what["step"].get<int>())) {
      case Step::open:
        answer = outcome(co_await accept_one(signaling, held));
        break;
      case Step::close:
        answer = outcome(co_await finish_oldest(held, ending(what["number"].get<std::uint64_t>(), false)));
        break;
      case Step::sample:
        answer = sample();
        break;
      case Step::end:
        answer["left"] = co_await count_descriptors() - before;
        more = false;
        break;
    }
    co_await signaling.send(std::move(answer));
  }
  co_await signaling.receive();
  co_return nlohmann::json{};
}

}  // namespace sluice::bench
