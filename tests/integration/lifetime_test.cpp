// Close and destruction at any moment, from any handler.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <thread>

#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// Two connections that may disappear while they talk: nothing here refers to one that is gone.
struct Talk {
  using PeerPtr = std::shared_ptr<std::unique_ptr<PeerConnection>>;
  using Hook = std::function<void(const std::string& handler)>;

  explicit Talk(
      const asio::any_io_executor& executor, Hook called = [](const std::string&) {})
      : hook{std::move(called)},
        a{std::make_shared<std::unique_ptr<PeerConnection>>(std::make_unique<PeerConnection>(executor))},
        b{std::make_shared<std::unique_ptr<PeerConnection>>(std::make_unique<PeerConnection>(executor))} {
    listen(a, b, "a ");
    listen(b, a, "b ");
    channel = (*a)->create_data_channel("x");
    listen(channel, "a ");
    (*a)->async_wait_connected([this](error_code) { hook("a wait_connected"); });
  }

  ~Talk() {  // the handlers share them
    a->reset();
    b->reset();
  }

  void listen(const PeerPtr& from, const PeerPtr& to, const std::string& name) {
    auto& pc = **from;
    const auto hooked = [this, name](const char* handler) { hook(name + handler); };
    pc.on_ice_candidate([=](std::optional<IceCandidate> candidate) {
      if (candidate && *to) (*to)->async_add_ice_candidate(std::move(*candidate), [=](error_code) { hooked("add"); });
      hooked("candidate");
    });
    pc.on_signaling_state_change([=](SignalingState) { hooked("signaling"); });
    pc.on_ice_gathering_state_change([=](IceGatheringState) { hooked("gathering"); });
    pc.on_ice_connection_state_change([=](IceConnectionState) { hooked("ice"); });
    pc.on_connection_state_change([=](ConnectionState) { hooked("connection"); });
    pc.on_data_channel([=, this](DataChannel opened) {
      listen(opened, name);
      hooked("data_channel");
    });
    pc.on_negotiation_needed([=, this] {
      if (*from) (*from)->async_set_local_description([=, this](error_code) { offered(from, to); });
      hooked("negotiation_needed");
    });
  }

  void offered(const PeerPtr& from, const PeerPtr& to) {
    hook("set_local");
    if (!*from || !*to || !(*from)->local_description()) return;
    (*to)->async_set_remote_description(*(*from)->local_description(), [=, this](error_code) {
      hook("set_remote");
      if (!*to) return;
      (*to)->async_set_local_description([=, this](error_code) {
        hook("answered");
        if (!*from || !*to || !(*to)->local_description()) return;
        (*from)->async_set_remote_description(*(*to)->local_description(), [=, this](error_code) { hook("done"); });
      });
    });
  }

  void listen(const DataChannel& opened, const std::string& name) {
    opened.on_open([=, this] {
      (void)opened.send("hello");
      opened.async_send("again", [=, this](error_code) { hook(name + "sent"); });
      opened.async_wait_closed([=, this](error_code) { hook(name + "wait_closed"); });
      hook(name + "open");
    });
    opened.on_message([=, this](const Message& message) {
      if (message.text() == "again") finished = true;
      hook(name + "message");
    });
    opened.on_buffered_amount_low([=, this] { hook(name + "low"); });
    opened.on_closing([=, this] { hook(name + "closing"); });
    opened.on_error([=, this](const RtcError&) { hook(name + "error"); });
    opened.on_close([=, this] { hook(name + "close"); });
  }

  Hook hook;
  PeerPtr a, b;
  DataChannel channel;
  bool finished = false;
};

std::vector<std::string> handlers_of_a_whole_talk() {
  asio::io_context io;
  std::vector<std::string> called;
  Talk talk{io.get_executor(), [&](const std::string& handler) {
              if (std::ranges::find(called, handler) == called.end()) called.push_back(handler);
            }};
  REQUIRE(run_until(io, [&] { return talk.finished; }));
  (*talk.a)->close();
  REQUIRE(run_until(io, [&] { return std::ranges::find(called, "b close") != called.end(); }));
  (*talk.b)->close();
  io.run();
  return called;
}

}  // namespace

TEST_CASE("a connection may be closed or destroyed in any of its handlers", "[integration]") {
  const bool destroys = GENERATE(false, true);
  const auto handlers = handlers_of_a_whole_talk();
  CHECK(handlers.size() > 20);
  for (const auto& chosen : handlers) {
    INFO("in handler " << chosen << (destroys ? " destroyed" : " closed"));
    asio::io_context io;
    bool ended = false;
    Talk* self = nullptr;
    Talk talk{io.get_executor(), [&](const std::string& handler) {
                if (handler != chosen || !self || ended) return;
                ended = true;
                for (auto* pc : {&self->a, &self->b}) {
                  if (!**pc) continue;
                  if (destroys) {
                    (*pc)->reset();
                  } else {
                    (**pc)->close();
                  }
                }
              }};
    self = &talk;
    const bool needs_an_end = chosen.ends_with("close") || chosen.ends_with("closed") || chosen.ends_with("error");
    if (needs_an_end) {
      run_until(io, [&] { return talk.finished || ended; });
      if (*talk.a) (*talk.a)->close();
    }
    CHECK(run_until(io, [&] { return ended; }));
    io.restart();
    io.run_for(patience);  // everything pending completes, and then there is no work
    CHECK(io.stopped());
  }
}

TEST_CASE("connections may be destroyed after any step", "[integration]") {
  for (std::size_t steps = 0; steps < 400; steps += 1 + steps / 16) {
    asio::io_context io;
    Talk talk{io.get_executor()};
    for (std::size_t i = 0; i != steps && !talk.finished; ++i) io.run_one_for(1s);
    std::size_t handlers = 0;
    talk.hook = [&](const std::string& handler) {
      const bool completion = handler.find("wait") != handler.npos || handler.find("set") != handler.npos ||
                              handler.find("sent") != handler.npos || handler.find("add") != handler.npos ||
                              handler == "answered" || handler == "done";
      if (!completion) ++handlers;
    };
    talk.a->reset();
    talk.b->reset();
    io.restart();
    io.run_for(patience);
    REQUIRE(io.stopped());
    CHECK(handlers == 0);  // on_ handlers of a destroyed connection are silent
  }
}

TEST_CASE("a context may be destroyed with the ends of connections in it", "[integration]") {
  for (std::size_t steps = 0; steps < 200; steps += 7) {
    DataChannel left_over;
    {
      asio::io_context io;
      Talk talk{io.get_executor()};
      for (std::size_t i = 0; i != steps && !talk.finished; ++i) io.run_one_for(1s);
      left_over = talk.channel;
    }
    CHECK(left_over.state() == DataChannelState::closed);
    CHECK(left_over.send("x") == Error::closed);
    left_over.close();
    left_over.on_message([](const Message&) {});
  }
}

TEST_CASE("connections may be destroyed by another thread while they talk", "[integration]") {
  asio::thread_pool pool{4};
  for (int round = 0; round != 24; ++round) {
    auto a = std::make_unique<PeerConnection>(pool.get_executor());
    auto b = std::make_unique<PeerConnection>(pool.get_executor());
    auto channel = a->create_data_channel("x");
    auto opened = channel.async_wait_open(asio::use_future);
    auto accepted = b->async_accept_data_channel(asio::use_future);
    try {
      a->async_set_local_description(asio::use_future).get();
      b->async_set_remote_description(*a->local_description(), asio::use_future).get();
      b->async_set_local_description(asio::use_future).get();
      a->async_set_remote_description(*b->local_description(), asio::use_future).get();
      for (auto* from : {a.get(), b.get()}) {
        auto& to = from == a.get() ? *b : *a;
        while (auto candidate = from->async_next_ice_candidate(asio::use_future).get()) {
          to.async_add_ice_candidate(*candidate, asio::use_future).get();
        }
      }
      if (round % 3 == 0) opened.get();
      std::thread sender{[channel] {
        for (int i = 0; i != 200; ++i) (void)channel.send("foreign");
      }};
      if (round % 2 == 0) b.reset();
      a.reset();
      b.reset();
      sender.join();
    } catch (const boost::system::system_error& error) {
      CHECK(error.code() == Error::closed);
    }
    CHECK(channel.state() == DataChannelState::closed);
  }
  pool.join();
}

TEST_CASE("closing completes everything that is pending, once", "[integration]") {
  asio::io_context io;
  PeerConnection pc{io};
  auto channel = pc.create_data_channel("x");
  std::vector<error_code> errors;
  const auto note = [&](error_code error, auto&&...) { errors.push_back(error); };
  pc.async_next_ice_candidate(note);
  pc.async_accept_data_channel(note);
  pc.async_wait_connected(note);
  channel.async_receive(note);
  channel.async_wait_open(note);
  io.poll();
  CHECK(errors.empty());
  error_code closed = Error::closed, channel_closed = Error::closed;
  channel.async_wait_closed([&](error_code error) { channel_closed = error; });
  pc.async_close([&](error_code error) { closed = error; });
  CHECK(closed == Error::closed);  // never inside the call
  io.restart();
  io.run();
  CHECK(errors == std::vector<error_code>(5, Error::closed));
  CHECK_FALSE(closed);
  CHECK_FALSE(channel_closed);
}

TEST_CASE("every waiting operation can be cancelled", "[integration]") {
  asio::io_context io;
  PeerConnection pc{io};
  auto channel = pc.create_data_channel("x");
  std::vector<asio::cancellation_signal> signals(5);
  std::vector<error_code> errors;
  const auto note = [&](std::size_t i) {
    return asio::bind_cancellation_slot(signals[i].slot(),
                                        [&](error_code error, auto&&...) { errors.push_back(error); });
  };
  pc.async_next_ice_candidate(note(0));
  pc.async_accept_data_channel(note(1));
  pc.async_wait_connected(note(2));
  channel.async_receive(note(3));
  channel.async_wait_open(note(4));
  io.poll();
  for (auto& signal : signals) signal.emit(asio::cancellation_type::terminal);
  io.restart();
  io.poll();
  CHECK(errors == std::vector<error_code>(5, asio::error::operation_aborted));
  pc.close();
  io.restart();
  io.run();
  CHECK(errors.size() == 5);
}

TEST_CASE("handlers that own their connection are dropped by close", "[integration]") {
  asio::io_context io;
  auto pc = std::make_shared<PeerConnection>(io);
  const std::weak_ptr<PeerConnection> watch = pc;
  auto channel = pc->create_data_channel("x");
  pc->on_connection_state_change([pc](ConnectionState) {});
  channel.on_message([pc, channel](const Message&) {});
  pc->close();
  pc.reset();
  io.run();
  CHECK(watch.expired());
}
