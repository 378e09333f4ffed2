// Every behaviour of an event stream, once with a handler and once with awaited operations.
#include "api/event_stream.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "support/catch.hpp"

using namespace sluice;
using api::Dispatcher;
using api::EventStream;
using Strings = std::vector<std::string>;

namespace {

struct World {
  asio::io_context io;
  asio::any_io_executor strand = asio::make_strand(io.get_executor());
  Dispatcher dispatcher{strand, [this] { asio::post(strand, [this] { dispatcher.run(); }); }};
  EventStream<std::string> stream{dispatcher, 1000};
  EventStream<> other{dispatcher, 10};
  Strings seen;

  void run() {
    io.restart();
    io.poll();  // a pending operation is work without end
  }
  void listen() {
    stream.listen([this](std::string event) { seen.push_back(std::move(event)); });
  }
  template <class Handler>
  void next(Handler handler) {
    using Erased = detail::Handler<std::string>;
    stream.async_next(api::Operation<std::string>::start(strand, Erased{std::move(handler)}));
  }
  // Awaits one event after the other until an error, which is noted as well.
  void consume() {
    next([this](error_code error, std::string event) {
      seen.push_back(error ? "error" : event);
      if (!error) asio::post(strand, [this] { consume(); });
    });
  }
};

enum class Consumer { handler, operation };

void start(World& world, Consumer consumer) { consumer == Consumer::handler ? world.listen() : world.consume(); }

}  // namespace

TEST_CASE("events wait for their consumer and arrive in order", "[api]") {
  const auto consumer = GENERATE(Consumer::handler, Consumer::operation);
  World world;
  world.stream.push("1");
  world.stream.push("2");
  world.run();
  CHECK(world.seen.empty());
  start(world, consumer);
  CHECK(world.seen.empty());  // never inside the call
  world.stream.push("3");
  world.run();
  CHECK(world.seen == Strings{"1", "2", "3"});
}

TEST_CASE("what waits at the end is still delivered, what comes later is not", "[api]") {
  const auto consumer = GENERATE(Consumer::handler, Consumer::operation);
  World world;
  world.stream.push("1");
  world.stream.close();
  world.stream.push("2");
  start(world, consumer);
  world.run();
  CHECK(world.seen == (consumer == Consumer::handler ? Strings{"1"} : Strings{"1", "error"}));
}

TEST_CASE("a handler is dropped after the last event", "[api]") {
  World world;
  const auto token = std::make_shared<int>();
  world.stream.listen([token](const std::string&) {});
  world.stream.push("1");
  world.stream.close();
  CHECK(token.use_count() == 2);
  world.run();
  CHECK(token.use_count() == 1);
}

TEST_CASE("a handler may replace itself, drop itself, and register again", "[api]") {
  World world;
  for (const auto* event : {"1", "2", "3"}) world.stream.push(event);
  SECTION("replace") {
    world.stream.listen([&](const std::string&) { world.listen(); });
    world.run();
    CHECK(world.seen == Strings{"2", "3"});
  }
  SECTION("drop") {
    world.stream.listen([&](std::string event) {
      world.seen.push_back(std::move(event));
      world.stream.listen(nullptr);
    });
    world.run();
    CHECK(world.seen == Strings{"1"});
    world.listen();
    world.run();
    CHECK(world.seen == Strings{"1", "2", "3"});
  }
  SECTION("the end while it runs") {
    world.stream.listen([&](std::string event) {
      world.seen.push_back(std::move(event));
      world.stream.discard();
      world.stream.close();
      world.stream.drop_listener();
    });
    world.run();
    CHECK(world.seen == Strings{"1"});
  }
}

TEST_CASE("a handler that throws does not end the sequence", "[api]") {
  World world;
  world.stream.listen([&](const std::string& event) {
    if (event == "1") throw std::runtime_error{"thrown by a handler"};
    world.seen.push_back(event);
  });
  world.stream.push("1");
  world.stream.push("2");
  CHECK_THROWS_AS(world.run(), std::runtime_error);
  world.run();
  CHECK(world.seen == Strings{"2"});
}

TEST_CASE("an operation wins over the handler", "[api]") {
  World world;
  world.listen();
  std::string awaited;
  world.next([&](error_code, std::string event) { awaited = std::move(event); });
  world.stream.push("1");
  world.stream.push("2");
  world.run();
  CHECK(awaited == "1");
  CHECK(world.seen == Strings{"2"});
}

TEST_CASE("a second waiter is refused and the first one is not disturbed", "[api]") {
  World world;
  error_code refused;
  world.next([&](error_code, std::string event) { world.seen.push_back(std::move(event)); });
  world.next([&](error_code error, const std::string&) { refused = error; });
  world.stream.push("1");
  world.run();
  CHECK(refused == Error::already_waiting);
  CHECK(world.seen == Strings{"1"});
}

TEST_CASE("a cancelled operation loses no event", "[api]") {
  World world;
  asio::cancellation_signal signal;
  error_code cancelled;
  world.next(
      asio::bind_cancellation_slot(signal.slot(), [&](error_code error, const std::string&) { cancelled = error; }));
  signal.emit(asio::cancellation_type::total);
  world.run();
  CHECK(cancelled == asio::error::operation_aborted);
  world.stream.push("1");
  world.consume();
  world.run();
  CHECK(world.seen == Strings{"1"});
}

TEST_CASE("a cancellation that comes too late changes nothing", "[api]") {
  World world;
  asio::cancellation_signal signal;
  int completions = 0;
  world.next(asio::bind_cancellation_slot(signal.slot(), [&](error_code error, const std::string&) {
    CHECK_FALSE(error);
    ++completions;
  }));
  world.stream.push("1");
  signal.emit(asio::cancellation_type::all);
  world.run();
  signal.emit(asio::cancellation_type::all);
  world.run();
  CHECK(completions == 1);
}

TEST_CASE("handlers of different events run in the order of the events, however late they register", "[api]") {
  World world;
  world.stream.push("message");
  world.other.push();
  world.stream.push("too late");
  world.other.listen([&] { world.seen.push_back("close"); });
  world.listen();
  world.run();
  CHECK(world.seen == Strings{"message", "close", "too late"});
}

TEST_CASE("of more events than the limit the oldest are dropped", "[api]") {
  World world;
  EventStream<int> states{world.dispatcher, 2};
  std::vector<int> seen;
  for (const int i : {1, 2, 3}) states.push(i);
  CHECK(states.size() == 2);
  states.listen([&](int i) { seen.push_back(i); });
  world.run();
  CHECK(seen == std::vector{2, 3});
}

TEST_CASE("a stream of messages knows its bytes", "[api]") {
  World world;
  EventStream<Message> messages{world.dispatcher, 100};
  messages.push({Message::Kind::binary, std::vector<std::byte>(10)});
  messages.push({Message::Kind::binary, std::vector<std::byte>(5)});
  CHECK(messages.bytes() == 15);
  CHECK(world.dispatcher.waiting_bytes() == 15);
  int count = 0;
  messages.listen([&](const Message&) { CHECK(messages.bytes() == (++count == 1 ? 5U : 0U)); });
  world.run();
  CHECK(count == 2);
  messages.push({Message::Kind::binary, std::vector<std::byte>(3)});
  messages.discard();
  CHECK(world.dispatcher.waiting_bytes() == 0);
}

TEST_CASE("one turn calls a batch of handlers and then lets others run", "[api]") {
  World world;
  world.listen();
  for (int i = 0; i != Dispatcher::batch + 1; ++i) world.stream.push("x");
  std::size_t between = 0;
  asio::post(world.strand, [&] { between = world.seen.size(); });
  world.run();
  CHECK(between == Dispatcher::batch);
  CHECK(world.seen.size() == Dispatcher::batch + 1);
}

TEST_CASE("after silence no handler starts", "[api]") {
  World world;
  world.listen();
  world.stream.push("1");
  world.dispatcher.silence();
  world.run();
  CHECK(world.seen.empty());
}

TEST_CASE("a handler with its own executor runs there, one event at a time", "[api]") {
  World world;
  const auto owner = std::make_shared<int>();
  const api::Owners owners{owner, owner};
  world.stream.set_owners(owners);
  asio::thread_pool pool{2};
  const auto own = asio::make_strand(pool);
  const auto work = asio::make_work_guard(world.io);
  world.stream.listen(asio::bind_executor(own, [&](std::string event) {
    CHECK(own.running_in_this_thread());
    world.seen.push_back(event);
    if (event == "3") world.io.stop();
  }));
  for (const auto* event : {"1", "2", "3"}) world.stream.push(event);
  world.io.run();
  pool.join();
  CHECK(world.seen == Strings{"1", "2", "3"});
  world.stream.drop_listener();
}

TEST_CASE("a queue that is never empty does not grow without bound", "[api]") {
  api::Fifo<int> fifo;
  fifo.push(0);
  int expected = 0;
  for (int i = 1; i != 10'000; ++i) {
    fifo.push(i);
    REQUIRE(fifo.pop() == expected++);
  }
  CHECK(fifo.size() == 1);
}
