#pragma once
// A file over one data channel: a text message {"name","size"}, its bytes in binary messages, and from the receiver a
// text message {"size","sha256"}.
#include <boost/asio/awaitable.hpp>
#include <sluice/sluice.hpp>
#include <string>

namespace example {

/// Throws std::runtime_error if the receiver did not get what was sent.
boost::asio::awaitable<void> send_file(sluice::DataChannel, std::string path);
/// An empty path: only the digest is computed.
boost::asio::awaitable<void> receive_file(sluice::DataChannel, std::string path);

}  // namespace example
