#pragma once
// Recorder: what happens to a connection, its channels and its transports, in words and in order.
//
// It consumes every event by on_ handlers or by coroutines (Style), so that one test body proves both. Handlers of one
// connection run in the order of their events, whatever their kind, so with callbacks whole sequences are compared.
// Of coroutines each waits for one kind of event, and which of them is resumed first is nobody's promise: with them
// the order within each kind is compared.
//
// A word is "kind detail": "signaling stable", "chat.message hi". Candidates that follow each other are one word,
// because their number depends on the host.
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/sluice.hpp"

namespace sluice::test {

enum class Style { callbacks, coroutines };
using Words = std::vector<std::string>;

class Recorder {
 public:
  Recorder(PeerConnection&, Style);

  /// The channels that the peer opens are watched by themselves.
  void watch(const DataChannel&);
  void watch(const SctpTransport&);
  void watch(const DtlsTransport&);
  void watch(const IceTransport&);
  /// All three.
  void watch_transports(const PeerConnection&);

  /// Something that the test itself has seen: "set local".
  void note(std::string word);
  /// Called with each word, inside the handler or coroutine that tells it.
  void on_word(std::function<void(const std::string&)>);
  void clear();

  bool has(std::string_view word) const;
  std::size_t count(std::string_view word) const;
  /// All words, or those of the kinds, as `expected()` arranges them for the comparison.
  Words seen(std::initializer_list<std::string_view> kinds = {}) const;
  Words expected(Words) const;

  const std::vector<IceCandidate>& candidates() const;  // without the ends
  const std::vector<DataChannel>& channels() const;     // that the peer has opened

 private:
  struct Log;
  static void watch(const std::shared_ptr<Log>&, const DataChannel&);
  void listen(PeerConnection&);
  void spawn(PeerConnection&);
  template <class Next, class Tell>
  void start(Next, Tell);

  std::shared_ptr<Log> log_;
};

}  // namespace sluice::test
