#include "emulator.hpp"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sstream>
#include <stdexcept>

#include "base/time.hpp"
#include "net/udp_socket.hpp"
#include "support/path_model.hpp"

namespace sluice::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto granularity = 100us;
constexpr std::size_t socket_buffer = 8 * 1024 * 1024;
constexpr std::size_t reads_per_wake = 8;

const IpAddress loopback = *IpAddress::parse("127.0.0.1");

// Puts another port into the candidates; there is one, since only one address is used. Gives what it was.
std::uint16_t replace_port(std::string& sdp, std::uint16_t port) {
  std::istringstream input{sdp};
  std::string result;
  int before = 0;
  for (std::string line; std::getline(input, line);) {
    if (line.starts_with("a=candidate:")) {
      std::istringstream words{line};
      std::string foundation, component, transport, priority, address;
      words >> foundation >> component >> transport >> priority >> address >> before;
      std::string rest;
      std::getline(words, rest);
      line = foundation + ' ' + component + ' ' + transport + ' ' + priority + ' ' + address + ' ' +
             std::to_string(port) + rest;
    }
    result += line + '\n';
  }
  sdp = std::move(result);
  return static_cast<std::uint16_t>(before);
}

test::PathSettings settings(const nlohmann::json& path) {
  const auto milliseconds = [&](const char* name) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>{path.value(name, 0.0)});
  };
  test::PathSettings result;
  result.delay = milliseconds("round_trip") / 2;
  result.jitter = milliseconds("jitter");
  result.loss = path.value("loss", 0.0);
  result.rate = path.value("rate", std::uint64_t{0});
  result.queue = path.value("queue", result.queue);
  return result;
}

// What arrives at `from` leaves at `to`, later.
class Direction {
 public:
  Direction(net::UdpSocket& from, net::UdpSocket& to, const asio::any_io_executor& executor, std::uint64_t seed,
            const test::PathSettings& path)
      : from_{&from}, to_{&to}, link_{seed, path}, timer_{executor} {}

  void set_destination(std::uint16_t port) { destination_ = {to_->id(), {loopback, port}}; }
  /// Who sends in the opposite direction can be answered, also before a description has told its port here: checks
  /// overtake the answer.
  void set_opposite(Direction& opposite) { opposite_ = &opposite; }

  void listen() {
    from_->async_wait_readable([this](boost::system::error_code error) {
      if (error) return;
      for (std::size_t i = 0; i != reads_per_wake; ++i) {
        batch_.clear();
        if (from_->receive(batch_, 16) == 0) break;
        const auto now = Clock::now();
        for (const auto& datagram : batch_) take(now, datagram);
        if (!from_->more()) break;
      }
      forward();
      listen();
    });
  }

 private:
  void take(TimePoint now, const Datagram& datagram) {
    if (!opposite_->known()) opposite_->set_destination(datagram.path.remote.port);
    if (known()) link_.push(now, datagram.bytes.size(), {datagram.bytes.begin(), datagram.bytes.end()});
  }

  bool known() const noexcept { return destination_.remote.port != 0; }

  void forward() {
    if (timing_) return;
    const auto now = Clock::now();
    queue_.clear();
    while (const auto datagram = link_.pop(now)) queue_.push(destination_, *datagram);
    to_->send(queue_, 0);  // what does not fit into the socket is lost, as everything that overflows
    if (link_.under_way() == 0) return;
    timing_ = true;
    timer_.expires_at(std::max(link_.next(), now + granularity));
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      timing_ = false;
      forward();
    });
  }

  net::UdpSocket* from_;
  net::UdpSocket* to_;
  test::Path<Bytes> link_;
  asio::steady_timer timer_;
  Path destination_{};
  Direction* opposite_ = nullptr;
  std::vector<Datagram> batch_{};
  TransmitQueue queue_{};
  bool timing_ = false;
};

nlohmann::json ports_of(const net::UdpSocket& near, const net::UdpSocket& far) {
  return {{"ports", {near.local_endpoint().port, far.local_endpoint().port}}};
}

}  // namespace

Emulator::Emulator(const nlohmann::json& path) : Emulator{connected_descriptors(), path} {}

Emulator::Emulator(std::pair<int, int> descriptors, const nlohmann::json& path)
    : child_{descriptors.second}, control_{descriptors.first} {
  control_.write({{"scenario", "emulator"}, {"parameters", path}});
  ports_ = control_.read()["ports"];
}

void Emulator::attach(Signaling& first_end) {
  first_end.set_rewrites([this](std::string sdp) { return outgoing(std::move(sdp)); },
                         [this](std::string sdp) { return incoming(std::move(sdp)); });
}

std::string Emulator::outgoing(std::string sdp) {
  tell(0, replace_port(sdp, ports_[1]));
  return sdp;
}

std::string Emulator::incoming(std::string sdp) {
  tell(1, replace_port(sdp, ports_[0]));
  return sdp;
}

void Emulator::tell(std::size_t side, std::uint16_t port) { control_.write({{"side", side}, {"port", port}}); }

Emulator::Control::~Control() { ::close(descriptor_); }

void Emulator::Control::write(const nlohmann::json& message) const {
  const auto line = message.dump() + '\n';
  if (::write(descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw std::runtime_error{"the emulator has gone"};
  }
}

nlohmann::json Emulator::Control::read() const {
  std::string line;
  for (char c = 0; ::read(descriptor_, &c, 1) == 1 && c != '\n';) line += c;
  return nlohmann::json::parse(line);
}

asio::awaitable<void> emulate(Signaling& lines, const nlohmann::json& path) {
  const auto executor = co_await asio::this_coro::executor;
  net::UdpSocket near{executor, SocketId{0}};
  net::UdpSocket far{executor, SocketId{1}};
  const net::SocketOptions options{.buffer_size = socket_buffer};
  if (near.open({loopback, 0}, options) || far.open({loopback, 0}, options)) {
    throw std::runtime_error{"the emulator has no sockets"};
  }
  const auto model = settings(path);
  const auto seed = path.value("seed", std::uint64_t{1});
  Direction to_far{near, far, executor, 2 * seed, model};
  Direction to_near{far, near, executor, 2 * seed + 1, model};
  to_far.set_opposite(to_near);
  to_near.set_opposite(to_far);
  to_far.listen();
  to_near.listen();
  auto ports = ports_of(near, far);
  co_await lines.send(std::move(ports));
  try {
    for (;;) {
      const auto told = co_await lines.receive();
      const auto port = told["port"].get<std::uint16_t>();
      (told["side"] == 0 ? to_near : to_far).set_destination(port);
    }
  } catch (const boost::system::system_error&) {
    near.close();
    far.close();
  }
}

}  // namespace sluice::bench
