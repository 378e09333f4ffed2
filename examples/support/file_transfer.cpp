#include "support/file_transfer.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "support/sha256.hpp"

namespace example {
namespace {

namespace asio = boost::asio;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t piece = 16 * 1024;  // RFC 8831 §6.6: no more, so that other channels get their turn

std::string header_text(const std::filesystem::path& path, std::uintmax_t size) {
  return json{{"name", path.filename().string()}, {"size", size}}.dump();
}

std::string receipt_text(std::uintmax_t size, const std::string& sha256) {
  return json{{"size", size}, {"sha256", sha256}}.dump();
}

void report_throughput(std::string_view what, std::uintmax_t bytes, Clock::time_point start) {
  const auto seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const auto megabytes = static_cast<double>(bytes) / 1e6;
  std::cerr << what << ' ' << megabytes << " MB in " << seconds << " s, " << megabytes / seconds << " MB/s\n";
}

}  // namespace

asio::awaitable<void> send_file(sluice::DataChannel channel, std::string path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw std::runtime_error{"cannot read " + path};
  const auto size = std::filesystem::file_size(path);
  co_await channel.async_wait_open(asio::use_awaitable);
  const auto start = Clock::now();
  co_await channel.async_send(header_text(path, size), asio::use_awaitable);
  Sha256 digest;
  for (std::uintmax_t sent = 0; sent < size;) {
    std::vector<std::byte> data(std::min<std::uintmax_t>(piece, size - sent));
    file.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(data.size()));
    if (!file) throw std::runtime_error{path + " became shorter"};
    digest.update(data);
    sent += data.size();
    co_await channel.async_send(std::move(data), asio::use_awaitable);
  }
  const auto receipt = co_await channel.async_receive(asio::use_awaitable);
  if (receipt.text() != receipt_text(size, digest.hex())) throw std::runtime_error{"the file arrived changed"};
  report_throughput("sent", size, start);
  std::cerr << "receiver confirms " << receipt.text() << '\n';
}

asio::awaitable<void> receive_file(sluice::DataChannel channel, std::string path) {
  const auto header = co_await channel.async_receive(asio::use_awaitable);
  const auto start = Clock::now();
  const auto description = json::parse(header.text());
  const auto size = description.at("size").get<std::uintmax_t>();
  std::cerr << "receiving " << header.text() << '\n';
  std::ofstream file;
  if (!path.empty()) file.open(path, std::ios::binary);
  Sha256 digest;
  std::uintmax_t received = 0;
  while (received < size) {
    const auto message = co_await channel.async_receive(asio::use_awaitable);
    digest.update(message.bytes());
    received += message.size();
    if (path.empty()) continue;
    file.write(reinterpret_cast<const char*>(message.bytes().data()), static_cast<std::streamsize>(message.size()));
    if (!file) throw std::runtime_error{"cannot write " + path};
  }
  if (!path.empty()) file.close();
  report_throughput("received", received, start);
  co_await channel.async_send(receipt_text(received, digest.hex()), asio::use_awaitable);
}

}  // namespace example
