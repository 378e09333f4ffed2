#include "support/lines.hpp"

#include <poll.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdlib>

namespace example {

namespace asio = boost::asio;

InputLines::InputLines(asio::any_io_executor executor) : input_{executor, ::dup(STDIN_FILENO)} {}

asio::awaitable<std::optional<std::string>> InputLines::next() {
  const auto [error, length] =
      co_await asio::async_read_until(input_, asio::dynamic_buffer(buffer_), '\n', asio::as_tuple(asio::use_awaitable));
  if (error && (error != asio::error::eof || buffer_.empty())) co_return std::nullopt;
  auto line = buffer_.substr(0, error ? buffer_.size() : length);  // the last line may lack its end
  buffer_.erase(0, line.size());
  while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  co_return line;
}

void InputLines::close() {
  boost::system::error_code ignored;
  input_.close(ignored);
}

void print_line(std::string_view line) {
  std::string output{line};
  output += '\n';
  for (std::string_view rest = output; !rest.empty();) {
    const auto written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // a terminal: Asio made it non-blocking, as it is that of the input too
      pollfd writable{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      std::exit(1);
    }
  }
}

}  // namespace example
