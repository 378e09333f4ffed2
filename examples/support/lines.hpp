#pragma once
// Lines of text on standard input and output.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace example {

class InputLines {
 public:
  explicit InputLines(boost::asio::any_io_executor);

  /// The next line without its end; none at the end of the input.
  boost::asio::awaitable<std::optional<std::string>> next();
  /// Makes next() give none.
  void close();

 private:
  boost::asio::posix::stream_descriptor input_;
  std::string buffer_{};
};

/// Writes the whole line at once. Exits if nobody reads any more.
void print_line(std::string_view line);

}  // namespace example
