// Packets allocate nothing of ours in steady state, and an idle connection holds little. usrsctp and OpenSSL use
// malloc, which is not counted here.
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

#include "integration/pair.hpp"

namespace {

std::atomic<std::size_t> allocations{0};
std::atomic<std::size_t> held{0};  // bytes

void* allocate(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const auto rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) throw std::bad_alloc{};
  held.fetch_add(malloc_usable_size(memory), std::memory_order_relaxed);
  return memory;
}

void release(void* memory) noexcept {
  held.fetch_sub(malloc_usable_size(memory), std::memory_order_relaxed);  // none of a null pointer
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new[](std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t a) { return allocate(size, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t size, std::align_val_t a) { return allocate(size, static_cast<std::size_t>(a)); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace sluice::test {
namespace {

constexpr std::size_t packet = 1100;           // bytes of a message that one carries, or a few more
constexpr std::size_t large_size = 32 * 1024;  // below usrsctp's delivery in parts, which allocates for each message
constexpr std::size_t per_message = 24;        // with the hops between two connections, and the message itself

// Two connections with a channel; messages go from one to the other, the next one when the last one is there.
class Flow {
 public:
  explicit Flow(asio::io_context& io) : io_{&io} {
    channel_.on_open([this] { open_ = true; });
    pair_.b.on_data_channel([this](const DataChannel& opened) {
      opened.on_message([this](const Message&) {
        if (--left_ != 0) send();
      });
    });
    REQUIRE(run_until(*io_, [&] { return open_; }));
  }

  std::size_t allocations_of(int messages, std::size_t size) {
    message_.assign(size, std::byte{1});
    left_ = messages;
    const auto before = allocations.load();
    asio::post(pair_.a.get_executor(), [this] { send(); });
    REQUIRE(run_until(*io_, [&] { return left_ == 0; }));
    return allocations.load() - before;
  }

 private:
  static Configuration loopback() {
    Configuration configuration;
    configuration.network.addresses = {"127.0.0.1"};
    return configuration;
  }

  void send() { static_cast<void>(channel_.send(message_)); }

  asio::io_context* io_;
  Pair pair_{io_->get_executor(), loopback()};
  DataChannel channel_ = pair_.a.create_data_channel("flow");
  std::vector<std::byte> message_{};
  int left_ = 0;
  bool open_ = false;
};

}  // namespace

SCENARIO("a packet in steady state allocates nothing of ours", "[allocations]") {
  GIVEN("a few channels, whose buffers have grown to what large messages need") {
    constexpr int messages = 200;
    double small = std::numeric_limits<double>::infinity(), growth = small;
    // On a busy machine one in thirty allocates six times more for each large message, and not for each packet.
    for (int channels = 0; channels != 3; ++channels) {
      asio::io_context io;
      Flow flow{io};
      flow.allocations_of(messages, large_size);
      const auto of_small = static_cast<double>(flow.allocations_of(messages, 1024));
      const auto of_large = static_cast<double>(flow.allocations_of(messages, large_size));
      small = std::min(small, of_small);
      growth = std::min(growth, of_large - of_small);
    }
    THEN("what is allocated does not grow with the packets of a message, and is little for each message") {
      const auto packets = static_cast<double>(messages) * (large_size / packet);
      CAPTURE(small, growth, packets);
      CHECK(growth < packets / 10);  // timers cost some, at times
      CHECK(small / messages <= per_message);
    }
  }
}

SCENARIO("an idle endpoint holds little of ours", "[allocations]") {
  GIVEN("connections with a channel each, the first of which has made what all share") {
    constexpr std::size_t connections = 8;
    constexpr std::size_t most = 29 * 1024;  // for each of both ends: a tenth above what an unoptimised build takes
    asio::io_context io;
    const Flow first{io};
    const auto before = held.load();
    std::vector<std::unique_ptr<Flow>> flows;
    while (flows.size() != connections) flows.push_back(std::make_unique<Flow>(io));
    WHEN("nothing happens any more") {
      const auto each = [&] { return (held.load() - before) / (2 * connections); };
      THEN("what was needed for the set-up is given back") {
        const bool little = run_until(io, [&] { return each() <= most; });
        CAPTURE(each());
        CHECK(little);
      }
    }
  }
}

}  // namespace sluice::test
