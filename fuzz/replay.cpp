// replay: runs a fuzz target without libFuzzer, over files and over mutations of them that are the same every time.
//
// usage: replay_<target> [--mutations N] [--trace] <file or folder>...
// Exits 1 if there is no file at all. --trace prints every input before it runs: the last one is the culprit.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

namespace fs = std::filesystem;
using Input = std::vector<std::uint8_t>;

struct Options {
  unsigned mutations = 300;
  bool trace = false;
  std::vector<fs::path> files{};
};

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : engine_{seed} {}

  Input operator()(Input input, const Input& other) {
    for (auto steps = 1 + below(4); steps != 0; --steps) step(input, other);
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : engine_() % limit; }
  std::uint8_t octet() { return static_cast<std::uint8_t>(engine_()); }
  Input::iterator somewhere(Input& input) { return input.begin() + static_cast<std::ptrdiff_t>(below(input.size())); }

  void step(Input& input, const Input& other) {
    if (input.empty()) input.push_back(octet());
    switch (below(8)) {
      case 0:
        *somewhere(input) ^= static_cast<std::uint8_t>(1u << below(8));
        break;
      case 1:
        *somewhere(input) = octet();
        break;
      case 2:
        *somewhere(input) = interesting();
        break;
      case 3:
        input.resize(below(input.size() + 1));
        break;
      case 4:
        input.insert(somewhere(input), 1 + below(8), octet());
        break;
      case 5:
        erase(input);
        break;
      case 6:
        repeat(input);
        break;
      case 7:
        splice(input, other);
        break;
    }
  }

  // Limits of lengths and counts, and the separators of text.
  std::uint8_t interesting() {
    static constexpr std::string_view octets{"\x00\x01\x03\x04\x7f\x80\xfe\xff\r\n :=/-0", 16};
    return static_cast<std::uint8_t>(octets[below(octets.size())]);
  }

  void erase(Input& input) {
    const auto first = somewhere(input);
    const auto rest = static_cast<std::size_t>(input.end() - first);
    input.erase(first, first + static_cast<std::ptrdiff_t>(1 + below(std::min<std::size_t>(rest, 16))));
  }

  void repeat(Input& input) {
    const auto first = below(input.size());
    const auto size = 1 + below(std::min<std::size_t>(input.size() - first, 64));
    const Input part(input.begin() + static_cast<std::ptrdiff_t>(first),
                     input.begin() + static_cast<std::ptrdiff_t>(first + size));
    input.insert(somewhere(input), part.begin(), part.end());
  }

  void splice(Input& input, const Input& other) {
    input.resize(below(input.size()));
    const auto from = static_cast<std::ptrdiff_t>(below(other.size()));
    input.insert(input.end(), other.begin() + from, other.end());
  }

  std::mt19937_64 engine_;
};

Input read_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void collect(const fs::path& path, std::vector<fs::path>& files) {
  if (!fs::is_directory(path)) {
    files.push_back(path);
    return;
  }
  for (const auto& entry : fs::recursive_directory_iterator{path}) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
}

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--mutations" && i + 1 < argc) {
      options.mutations = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
    } else if (argument == "--trace") {
      options.trace = true;
    } else if (fs::exists(argument)) {
      collect(argument, options.files);
    } else {
      std::fprintf(stderr, "%s does not exist: give a file or a folder of seeds\n", argv[i]);
      std::exit(1);
    }
  }
  std::ranges::sort(options.files);  // the file system's order is not the same everywhere
  return options;
}

void run(const Input& input, const Options& options, const fs::path& origin, unsigned mutation) {
  if (options.trace) {
    std::printf("%s #%u: ", origin.c_str(), mutation);
    for (const auto octet : input) std::printf("%02x", octet);
    std::printf("\n");
    std::fflush(stdout);
  }
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  const auto options = read_options(argc, argv);
  run({}, options, "empty input", 0);
  Input previous;
  for (std::size_t index = 0; index < options.files.size(); ++index) {
    const auto original = read_file(options.files[index]);
    run(original, options, options.files[index], 0);
    Mutator mutate{index};
    for (unsigned n = 1; n <= options.mutations; ++n) run(mutate(original, previous), options, options.files[index], n);
    previous = original;
  }
  std::printf("%zu files, %u mutations of each\n", options.files.size(), options.mutations);
  return options.files.empty() ? 1 : 0;
}
