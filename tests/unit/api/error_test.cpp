#include "api/error.hpp"

#include <boost/asio/error.hpp>
#include <set>

#include "sluice/log.hpp"
#include "support/catch.hpp"

#include "base/log.hpp"

using namespace sluice;

TEST_CASE("every error is a sentence of its own that says what to do", "[api]") {
  std::set<std::string> messages;
  int count = 0;
  for (int value = 1; value != 200; ++value) {
    const error_code error{value, error_category()};
    if (w3c_error_name(error) == "UnknownError") continue;
    INFO(error.message());
    CHECK(error.message().size() > 20);
    CHECK(error.message().back() == '.');
    CHECK(messages.insert(error.message()).second);
    ++count;
  }
  CHECK(count == 19 + 5 + 15 + 4 + 11);
}

TEST_CASE("every reason of a core has its public error, with W3C's name", "[api]") {
  struct Expected {
    Reason reason;
    Error error;
    std::string_view name;
  };
  const auto expected =
      std::vector<Expected>{{Reason::closed, Error::closed, "InvalidStateError"},
                            {Reason::wrong_signaling_state, Error::wrong_signaling_state, "InvalidStateError"},
                            {Reason::bad_argument, Error::bad_argument, "TypeError"},
                            {Reason::message_too_large, Error::message_too_large, "TypeError"},
                            {Reason::sdp_syntax, Error::sdp_syntax, "OperationError"},  // RTCError's name
                            {Reason::invalid_description, Error::invalid_description, "InvalidAccessError"},
                            {Reason::description_modified, Error::description_modified, "InvalidModificationError"},
                            {Reason::id_in_use, Error::id_in_use, "OperationError"},
                            {Reason::unknown_ufrag, Error::unknown_ufrag, "OperationError"},
                            {Reason::fingerprint_mismatch, Error::fingerprint_mismatch, "OperationError"},
                            {Reason::sctp_failed, Error::sctp_failed, "OperationError"}};
  for (const auto& each : expected) {
    CHECK(api::to_error(each.reason) == each.error);
    CHECK(w3c_error_name(each.error) == each.name);
  }
}

TEST_CASE("errors of others have a name too", "[api]") {
  CHECK(w3c_error_name({}).empty());
  CHECK(w3c_error_name(boost::asio::error::operation_aborted) == "AbortError");
  CHECK(w3c_error_name(boost::asio::error::connection_refused) == "UnknownError");
  CHECK(w3c_error_name(error_code{9999, error_category()}) == "UnknownError");
  CHECK_FALSE(error_code(9999, error_category()).message().empty());
}

TEST_CASE("the log handler gets the lines of its level and below", "[api]") {
  std::vector<std::string> lines;
  set_log_handler(LogLevel::warning, [&](LogLevel level, std::string_view line) {
    lines.push_back(std::string{to_string(level)} + ": " + std::string{line});
  });
  log::error("one");
  log::warning("two");
  log::info("three");
  set_log_handler(LogLevel::none, nullptr);
  log::error("four");
  CHECK(lines == std::vector<std::string>{"error: one", "warning: two"});
}
