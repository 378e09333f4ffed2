#include "w3c/recorder.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice::test {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string_view kind(std::string_view word) { return word.substr(0, word.find(' ')); }

template <class State>
std::string describe(std::string_view name, State state) {
  return std::string{name} + " " + std::string{to_string(state)};
}

std::string describe(std::string_view name, const RtcError& error) {
  auto word = std::string{name} + " " + std::string{w3c_error_detail(error.code)};
  if (error.sctp_cause_code) word += " " + std::to_string(*error.sctp_cause_code);
  return word;
}

std::string describe(const IceCandidateError& error) {
  return "candidate-error " + std::to_string(error.code) + " " + error.url;
}

// One coroutine per kind of event: it ends with the error that says that no more will come.
template <class Next, class Tell>
asio::awaitable<void> repeat(Next next, Tell tell) {
  for (;;) {
    auto result = co_await next();
    if (std::get<0>(result)) co_return;
    std::apply([&](error_code, auto&... event) { tell(event...); }, result);
  }
}

template <class Wait, class Tell>
asio::awaitable<void> once(Wait wait, Tell tell) {
  auto result = co_await wait();
  tell(std::get<0>(result));
}

}  // namespace

struct Recorder::Log {
  explicit Log(Style s, asio::any_io_executor e) : style{s}, executor{std::move(e)} {}

  void add(std::string word) {
    const bool repeated = word == "candidate" && !words.empty() && words.back() == word;
    if (!repeated) words.push_back(word);
    if (hook) hook(word);
  }
  void add(const std::optional<IceCandidate>& candidate) {
    if (candidate && !candidate->candidate.empty()) candidates.push_back(*candidate);
    add(!candidate ? "candidate null" : candidate->candidate.empty() ? "candidate end" : "candidate");
  }

  const Style style;
  const asio::any_io_executor executor;
  Words words{};
  std::vector<IceCandidate> candidates{};
  std::vector<DataChannel> channels{};
  std::function<void(const std::string&)> hook{};
};

Recorder::Recorder(PeerConnection& pc, Style style) : log_{std::make_shared<Log>(style, pc.get_executor())} {
  style == Style::callbacks ? listen(pc) : spawn(pc);
}

void Recorder::listen(PeerConnection& pc) {
  pc.on_negotiation_needed([log = log_] { log->add(std::string{"negotiation-needed"}); });
  pc.on_signaling_state_change([log = log_](auto state) { log->add(describe("signaling", state)); });
  pc.on_ice_gathering_state_change([log = log_](auto state) { log->add(describe("gathering", state)); });
  pc.on_ice_connection_state_change([log = log_](auto state) { log->add(describe("ice", state)); });
  pc.on_connection_state_change([log = log_](auto state) { log->add(describe("connection", state)); });
  pc.on_ice_candidate([log = log_](const auto& candidate) { log->add(candidate); });
  pc.on_ice_candidate_error([log = log_](const auto& error) { log->add(describe(error)); });
  pc.on_data_channel([log = log_](const DataChannel& channel) {
    log->channels.push_back(channel);
    watch(log, channel);
    log->add("channel " + std::string{channel.label()});
  });
}

template <class Next, class Tell>
void Recorder::start(Next next, Tell tell) {
  asio::co_spawn(log_->executor, repeat(std::move(next), std::move(tell)), asio::detached);
}

void Recorder::spawn(PeerConnection& pc) {
  start([&pc] { return pc.async_next_negotiation_needed(as_result); },
        [log = log_] { log->add(std::string{"negotiation-needed"}); });
  start([&pc] { return pc.async_next_signaling_state(as_result); },
        [log = log_](auto state) { log->add(describe("signaling", state)); });
  start([&pc] { return pc.async_next_ice_gathering_state(as_result); },
        [log = log_](auto state) { log->add(describe("gathering", state)); });
  start([&pc] { return pc.async_next_ice_connection_state(as_result); },
        [log = log_](auto state) { log->add(describe("ice", state)); });
  start([&pc] { return pc.async_next_connection_state(as_result); },
        [log = log_](auto state) { log->add(describe("connection", state)); });
  start([&pc] { return pc.async_next_ice_candidate(as_result); },
        [log = log_](const auto& candidate) { log->add(candidate); });
  start([&pc] { return pc.async_next_ice_candidate_error(as_result); },
        [log = log_](const auto& error) { log->add(describe(error)); });
  start([&pc] { return pc.async_accept_data_channel(as_result); },
        [log = log_](const DataChannel& channel) {
          log->channels.push_back(channel);
          watch(log, channel);
          log->add("channel " + std::string{channel.label()});
        });
}

void Recorder::watch(const DataChannel& channel) { watch(log_, channel); }

void Recorder::watch(const std::shared_ptr<Log>& log, const DataChannel& channel) {
  const auto name = std::string{channel.label()};
  const auto tell = [log, name](const char* what) { log->add(name + what); };
  const auto tell_message = [log, name](const Message& message) {
    log->add(name + ".message " + std::string{message.text()});
  };
  const auto tell_end = [log, name, channel, tell](error_code error) {
    if (error) log->add(describe(name + ".error", channel.error()));
    tell(".close");
  };
  if (log->style == Style::callbacks) {
    channel.on_open([tell] { tell(".open"); });
    channel.on_message(tell_message);
    channel.on_closing([tell] { tell(".closing"); });
    channel.on_error([log, name](const RtcError& error) { log->add(describe(name + ".error", error)); });
    channel.on_close([tell] { tell(".close"); });
    return;
  }
  const auto unless_failed = [tell](const char* what) {
    return [tell, what](error_code error) {
      if (!error) tell(what);
    };
  };
  const auto start = [&](auto coroutine) { asio::co_spawn(log->executor, std::move(coroutine), asio::detached); };
  start(once([channel] { return channel.async_wait_open(as_result); }, unless_failed(".open")));
  start(repeat([channel] { return channel.async_receive(as_result); }, tell_message));
  start(once([channel] { return channel.async_wait_closing(as_result); }, unless_failed(".closing")));
  start(once([channel] { return channel.async_wait_closed(as_result); }, tell_end));
}

void Recorder::watch(const SctpTransport& sctp) {
  const auto tell = [log = log_](auto state) { log->add(describe("sctp", state)); };
  if (log_->style == Style::callbacks) return sctp.on_state_change(tell);
  start([sctp] { return sctp.async_next_state(as_result); }, tell);
}

void Recorder::watch(const DtlsTransport& dtls) {
  const auto tell = [log = log_](auto state) { log->add(describe("dtls", state)); };
  const auto tell_error = [log = log_](const RtcError& error) { log->add(describe("dtls.error", error)); };
  if (log_->style == Style::callbacks) {
    dtls.on_state_change(tell);
    return dtls.on_error(tell_error);
  }
  start([dtls] { return dtls.async_next_state(as_result); }, tell);
  start([dtls] { return dtls.async_next_error(as_result); }, tell_error);
}

void Recorder::watch(const IceTransport& ice) {
  const auto tell = [log = log_](auto state) { log->add(describe("transport", state)); };
  const auto tell_gathering = [log = log_](auto state) { log->add(describe("transport.gathering", state)); };
  const auto tell_pair = [log = log_](const auto&) { log->add(std::string{"transport.pair"}); };
  if (log_->style == Style::callbacks) {
    ice.on_state_change(tell);
    ice.on_gathering_state_change(tell_gathering);
    return ice.on_selected_candidate_pair_change(tell_pair);
  }
  start([ice] { return ice.async_next_state(as_result); }, tell);
  start([ice] { return ice.async_next_gathering_state(as_result); }, tell_gathering);
  start([ice] { return ice.async_next_selected_candidate_pair(as_result); }, tell_pair);
}

void Recorder::watch_transports(const PeerConnection& pc) {
  const auto sctp = pc.sctp();
  if (!sctp) throw std::logic_error{"there is no transport yet"};
  watch(*sctp);
  watch(sctp->transport());
  watch(sctp->transport().ice_transport());
}

void Recorder::note(std::string word) { log_->add(std::move(word)); }
void Recorder::on_word(std::function<void(const std::string&)> hook) { log_->hook = std::move(hook); }
void Recorder::clear() { log_->words.clear(); }

bool Recorder::has(std::string_view word) const { return count(word) != 0; }

std::size_t Recorder::count(std::string_view word) const {
  return static_cast<std::size_t>(std::ranges::count(log_->words, word));
}

Words Recorder::seen(std::initializer_list<std::string_view> kinds) const {
  Words chosen;
  std::ranges::copy_if(log_->words, std::back_inserter(chosen), [&](const auto& word) {
    return kinds.size() == 0 || std::ranges::find(kinds, kind(word)) != kinds.end();
  });
  return expected(std::move(chosen));
}

Words Recorder::expected(Words words) const {
  if (log_->style == Style::callbacks) return words;
  std::ranges::stable_sort(words, {}, kind);
  const auto repeated = [](const auto& one, const auto& next) { return one == "candidate" && next == one; };
  words.erase(std::unique(words.begin(), words.end(), repeated), words.end());
  return words;
}

const std::vector<IceCandidate>& Recorder::candidates() const { return log_->candidates; }
const std::vector<DataChannel>& Recorder::channels() const { return log_->channels; }

}  // namespace sluice::test
