// cable: a link between two TUN devices that delays and loses what it carries. For kernels without netem.
//
//   cable DESCRIPTOR DESCRIPTOR [name=value...]
//     delay=MS jitter=MS loss=PERCENT burst=PACKETS rate=MBIT queue=KIB seed=N    as in path_model.hpp, either way
//
// The descriptors are open TUN devices that do not block, without packet information. Ends with its standard input,
// and prints what it has counted, one line per direction.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/path_model.hpp"

namespace {

using sluice::test::Path;
using sluice::test::PathSettings;
using Clock = std::chrono::steady_clock;
using Packet = std::vector<unsigned char>;

constexpr int batch = 64;  // packets that one device may bring before the other has its turn
constexpr auto slack = std::chrono::nanoseconds{1};

struct Direction {
  int from;
  int to;
  Path<Packet> path;
  unsigned long long refused = 0;  // by the device at the far end

  void receive() {
    std::array<unsigned char, 65536> buffer;
    for (int i = 0; i < batch; ++i) {
      const auto size = ::read(from, buffer.data(), buffer.size());
      if (size <= 0) return;
      const auto length = static_cast<std::size_t>(size);
      path.push(Clock::now(), length, Packet{buffer.data(), buffer.data() + length});
    }
  }

  void deliver() {
    while (const auto packet = path.pop(Clock::now())) {
      if (::write(to, packet->data(), packet->size()) < 0) ++refused;
    }
  }

  void print() const {
    const auto& counted = path.model().counters();
    std::printf("{\"passed\":%llu,\"bytes\":%llu,\"lost\":%llu,\"overflowed\":%llu,\"refused\":%llu}\n",
                static_cast<unsigned long long>(counted.passed), static_cast<unsigned long long>(counted.bytes),
                static_cast<unsigned long long>(counted.lost), static_cast<unsigned long long>(counted.overflowed),
                refused);
  }
};

PathSettings settings_of(const std::map<std::string, double>& values) {
  const auto value = [&](const char* name, double otherwise) {
    const auto found = values.find(name);
    return found == values.end() ? otherwise : found->second;
  };
  const auto time = [&](const char* name) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>{value(name, 0)});
  };
  return {.delay = time("delay"),
          .jitter = time("jitter"),
          .loss = value("loss", 0) / 100,
          .burst = value("burst", 1),
          .rate = static_cast<std::uint64_t>(value("rate", 0) * 1e6),
          .queue = static_cast<std::size_t>(value("queue", 256) * 1024)};
}

void run(std::array<Direction, 2>& directions) {
  std::array<pollfd, 3> watched{pollfd{directions[0].from, POLLIN, 0}, {directions[1].from, POLLIN, 0}, {0, POLLIN, 0}};
  while (watched[2].revents == 0) {
    const auto next = std::min(directions[0].path.next(), directions[1].path.next());
    timespec timeout{};
    if (const auto left = next - Clock::now(); left > slack) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
      timeout = {.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
    }
    ::ppoll(watched.data(), watched.size(), next == Clock::time_point::max() ? nullptr : &timeout, nullptr);
    for (auto& direction : directions) {
      direction.receive();
      direction.deliver();
    }
  }
}

}  // namespace

int main(int argc, char* argv[]) {
  if (argc < 3) {
    std::fputs("usage: cable DESCRIPTOR DESCRIPTOR [name=value...]\n", stderr);
    return 2;
  }
  std::map<std::string, double> values{{"seed", 1}};
  for (int i = 3; i < argc; ++i) {
    const std::string_view word{argv[i]};
    const auto equals = word.find('=');
    if (equals == word.npos) return 2;
    values[std::string{word.substr(0, equals)}] = std::atof(argv[i] + equals + 1);
  }
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  const auto seed = static_cast<std::uint64_t>(values["seed"]) * 2;
  const auto settings = settings_of(values);
  const int a = std::atoi(argv[1]), b = std::atoi(argv[2]);
  std::array<Direction, 2> directions{Direction{a, b, Path<Packet>{seed, settings}},
                                      Direction{b, a, Path<Packet>{seed + 1, settings}}};
  run(directions);
  for (const auto& direction : directions) direction.print();
}
