#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <stdexcept>

#include "measurements.hpp"
#include "signaling.hpp"

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Outside the coroutines: GCC 12 cannot keep an initializer_list in a coroutine's frame.
nlohmann::json receiver_report(std::uint64_t bytes, std::uint64_t messages, double cpu) {
  return {{"bytes", bytes}, {"messages", messages}, {"cpu", cpu}};
}

nlohmann::json sender_report(std::size_t message_size, double elapsed, double sender_cpu,
                             const nlohmann::json& received) {
  const auto bytes = received["bytes"].get<double>();
  const auto receiver_cpu = received["cpu"].get<double>();
  return {{"measurement", "throughput"},
          {"message_size", message_size},
          {"seconds", elapsed},
          {"megabytes_per_second", bytes / elapsed / 1e6},
          {"messages_per_second", received["messages"].get<double>() / elapsed},
          {"cpu_seconds_per_gigabyte", (sender_cpu + receiver_cpu) / (bytes / 1e9)},
          {"sender_cpu_seconds", sender_cpu},
          {"receiver_cpu_seconds", receiver_cpu}};
}

asio::awaitable<void> receive(Signaling& signaling) {
  PeerConnection connection{co_await asio::this_coro::executor};
  co_await signaling.answer(connection);
  auto channel = co_await connection.async_accept_data_channel(asio::use_awaitable);
  const auto cpu = cpu_seconds();
  std::uint64_t bytes = 0;
  std::uint64_t messages = 0;
  for (;;) {
    const auto message = co_await channel.async_receive(asio::use_awaitable);
    if (message.is_text()) break;  // "end"
    bytes += message.size();
    ++messages;
  }
  co_await signaling.send(receiver_report(bytes, messages, cpu_seconds() - cpu));
  co_await signaling.receive();
}

asio::awaitable<void> send(Signaling& signaling, std::size_t message_size, double seconds, nlohmann::json& result) {
  PeerConnection connection{co_await asio::this_coro::executor};
  auto channel = connection.create_data_channel("bulk");
  co_await signaling.offer(connection);
  co_await channel.async_wait_open(asio::use_awaitable);
  const std::vector<std::byte> message(message_size, std::byte{0x5a});
  const auto cpu = cpu_seconds();
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{seconds});
  while (Clock::now() < end) co_await channel.async_send(message, asio::use_awaitable);
  co_await channel.async_send("end", asio::use_awaitable);
  auto received = co_await signaling.receive();
  const auto elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  result = sender_report(message_size, elapsed, cpu_seconds() - cpu, received);
  co_await signaling.send("bye");
}

template <class Run>
void run(int descriptor, Run session) {
  asio::io_context io;
  asio::local::stream_protocol::socket socket{io, asio::local::stream_protocol{}, descriptor};
  Signaling signaling{std::move(socket)};
  auto done = asio::co_spawn(io, session(signaling), asio::use_future);
  io.run();
  done.get();
}

// A fresh program, not only a fork: usrsctp's process-wide state does not survive one.
pid_t start_receiver(int descriptor) {
  const auto child = fork();
  if (child < 0) throw std::runtime_error{"fork failed"};
  if (child != 0) return child;
  const auto option = "--receive=" + std::to_string(descriptor);
  execl("/proc/self/exe", "sluice-bench", option.c_str(), nullptr);
  _exit(127);
}

}  // namespace

void serve_throughput(int descriptor) { run(descriptor, receive); }

nlohmann::json measure_throughput(std::size_t message_size, double seconds) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw std::runtime_error{"socketpair failed"};
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  const auto child = start_receiver(ends[1]);
  ::close(ends[1]);
  nlohmann::json result;
  run(ends[0], [&](Signaling& signaling) { return send(signaling, message_size, seconds, result); });
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error{"the receiving process failed"};
  return result;
}

}  // namespace sluice::bench
