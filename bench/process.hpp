#pragma once
// The other process of a measurement, and what a process has cost so far.
#include <sys/types.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sluice::bench {

/// Two connected stream sockets; the first is closed by exec().
std::pair<int, int> connected_descriptors();

/// This program once more, with `--serve=<descriptor>`, which it takes over. A fresh program and not only a fork:
/// usrsctp's process-wide state does not survive one.
class Child {
 public:
  explicit Child(int descriptor);
  /// Another program, found like by a shell, which has been told of the descriptor.
  Child(int descriptor, std::vector<std::string> command);
  ~Child();  // ends it, unless it has been joined
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits for it, and throws if it has failed.
  void join();

 private:
  pid_t id_;
};

/// The folder of this program.
std::string program_folder();
/// What a command prints; throws if it fails.
std::string output_of(const std::string& command);

double cpu_seconds();  // user and system, of this process with all its threads
std::size_t resident_bytes();
std::size_t thread_count();
std::size_t descriptor_count();  // open ones, of files and sockets

}  // namespace sluice::bench
