#include "process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace sluice::bench {
namespace {

constexpr auto self = "/proc/self/exe";

int wait_for(pid_t id) {
  int status = 0;
  while (waitpid(id, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

// A line "Name:   123 kB" of /proc/self/status.
std::size_t status_number(std::string_view name) {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoul(line.substr(name.size()));
  }
  return 0;
}

}  // namespace

std::pair<int, int> connected_descriptors() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw std::runtime_error{"socketpair failed"};
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  return {ends[0], ends[1]};
}

Child::Child(int descriptor) : Child{descriptor, {self, "--serve=" + std::to_string(descriptor)}} {}

Child::Child(int descriptor, std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (auto& each : command) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  id_ = fork();
  if (id_ < 0) throw std::runtime_error{"fork failed"};
  if (id_ > 0) {
    ::close(descriptor);
    return;
  }
  execvp(arguments.front(), arguments.data());
  _exit(127);
}

Child::~Child() {
  if (id_ <= 0) return;
  kill(id_, SIGTERM);  // nobody has joined it: the measurement has failed
  wait_for(id_);
}

void Child::join() {
  if (wait_for(std::exchange(id_, 0)) != 0) throw std::runtime_error{"the other process failed"};
}

std::string program_folder() { return std::filesystem::read_symlink(self).parent_path(); }

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error{"cannot start " + command};
  std::string text;
  std::array<char, 4096> part{};
  for (std::size_t size = 0; (size = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    text.append(part.data(), size);
  if (pclose(pipe) != 0) throw std::runtime_error{command + " failed"};
  return text;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t thread_count() { return status_number("Threads:"); }

std::size_t descriptor_count() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;  // without the iterator's own
}

}  // namespace sluice::bench
