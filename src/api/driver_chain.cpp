// The operations chain.   W3C §4.4.1.2
//
// Operations that make or take descriptions and candidates run one after another, each as a task of its own, never
// inside the call that asks for it. A step ends in W3C's order (§4.4.1.4): the handlers of what it has changed, its
// completion handler, then everything that follows from it (candidates, ICE), then the next step. So no candidate
// is told before the description that it belongs to.
#include "api/driver.hpp"

namespace sluice::api {
namespace {

template <class... Kinds>
bool is_one_of(const peer::Event& event) {
  return (std::holds_alternative<Kinds>(event) || ...);
}

// What W3C's task changes before it resolves the promise. All else is told by tasks of its own. Of channels all or
// nothing: their last messages come before their end.
bool belongs_to_step(const peer::Event& event) {
  const auto* gathering = std::get_if<peer::IceGatheringStateChanged>(&event);
  if (gathering) return gathering->state == ice::GatheringState::new_;
  return is_one_of<peer::SignalingStateChanged, peer::SctpClosed, dcep::Opened, dcep::Announced, dcep::MessageReceived,
                   dcep::BufferedAmountLow, dcep::Closing, dcep::ChannelClosed>(event);
}

}  // namespace

void Driver::enqueue(Step step) {
  steps_.push(std::move(step));
  if (!std::exchange(chained_, true)) schedule_step();
}

void Driver::schedule_step() {
  asio::post(strand_, [self = shared_from_this()] {
    if (!self->closed()) self->run_step();
  });
}

void Driver::run_step() {
  const auto step = steps_.pop();
  completion_ = step.run();
  publish_signaling();
  handle_events_of_step();
  completing_ = true;
  engine_->pause_receiving(true);  // nobody takes messages in the meantime
  dispatcher_.announce(step_end_, dispatcher_.next_number());
  drain(Clock::now());
}

void Driver::handle_events_of_step() {
  while (auto event = engine_->poll_event()) {
    if (belongs_to_step(*event)) {
      std::visit([this](auto& each) { handle(each); }, *event);
    } else {
      held_.push(std::move(*event));
    }
  }
}

// Called in the order of events, after the handlers of those before.
void Driver::complete_step() {
  std::exchange(completion_, {})();
  asio::post(strand_, [self = shared_from_this()] {  // behind the completion handler
    if (!self->closed()) self->end_step();
  });
  dispatcher_.end_turn();
}

void Driver::end_step() {
  completing_ = false;
  chained_ = !steps_.empty();
  if (chained_) schedule_step();
  const auto now = Clock::now();
  engine_->pause_receiving(paused_);
  engine_->handle_timeout(now);  // reads what has waited
  drain(now);
  resume_receiving();
  if (!closed()) ask_for_negotiation();
}

void Driver::abort_chain() {
  while (!steps_.empty()) steps_.pop().abort();
}

// W3C §4.7.3: when the chain is empty, and only in stable; another time the return to stable asks again.
void Driver::ask_for_negotiation() {
  if (closed() || chained_ || !std::exchange(negotiation_wanted_, false)) return;
  const auto& signaling = engine_->signaling();
  if (signaling.state() == sdp::SignalingState::stable && signaling.negotiation_needed()) {
    events_.negotiation_needed.push();
  }
}

}  // namespace sluice::api
