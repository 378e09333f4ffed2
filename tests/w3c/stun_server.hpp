#pragma once
// StunServer: answers binding requests on an address of this host, by a candidate or by an error.   RFC 8489
#include <array>
#include <boost/asio/ip/udp.hpp>
#include <memory>

#include "sluice/detail/async.hpp"
#include "stun/message.hpp"

namespace sluice::test {

class StunServer {
 public:
  enum class Answer { reflexive, error };
  StunServer(asio::io_context& io, const asio::ip::address& address, Answer answer)
      : state_{std::make_shared<State>(io, address, answer)} {
    receive(state_);
  }
  ~StunServer() { state_->socket.close(); }
  StunServer(const StunServer&) = delete;
  StunServer& operator=(const StunServer&) = delete;

  std::string url() const {
    const auto here = state_->socket.local_endpoint();
    const auto host = here.address().to_string();
    return "stun:" + (here.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(here.port());
  }
  std::string reflexive_address() const { return state_->reflexive_address(); }

 private:
  using Udp = asio::ip::udp;

  struct State {
    State(asio::io_context& io, const asio::ip::address& address, Answer a)
        : socket{io, Udp::endpoint{address, 0}}, answer{a} {}
    const char* reflexive_address() const {
      return socket.local_endpoint().address().is_v6() ? "2001:db8::7" : "203.0.113.7";
    }
    Udp::socket socket;
    const Answer answer;
    Udp::endpoint from{};
    std::array<std::byte, 1500> buffer{};
  };

  static void receive(const std::shared_ptr<State>& state) {
    state->socket.async_receive_from(asio::buffer(state->buffer), state->from,
                                     [state](error_code error, std::size_t size) {
                                       if (error) return;
                                       reply(*state, ByteView{state->buffer}.first(size));
                                       receive(state);
                                     });
  }

  static void reply(State& state, ByteView datagram) {
    const auto request = stun::Message::parse(datagram);
    if (!request || !request->is_request()) return;
    const bool refuse = state.answer == Answer::error;
    const auto kind = refuse ? stun::Class::error_response : stun::Class::success_response;
    stun::Builder response{kind, stun::Method::binding, request->transaction_id()};
    if (refuse) {
      response.add(stun::attribute::error_code, {500, "out of order"});
    } else {
      response.add(stun::attribute::xor_mapped_address, {*IpAddress::parse(state.reflexive_address()), 7777});
    }
    error_code ignored;  // the requester will ask again
    state.socket.send_to(asio::buffer(response.finish()), state.from, 0, ignored);
  }

  std::shared_ptr<State> state_;
};

}  // namespace sluice::test
