// Packets allocate nothing of ours in steady state. usrsctp and OpenSSL use malloc, which is not counted here.
#include <atomic>
#include <cstdlib>
#include <new>

#include "integration/pair.hpp"

namespace {

std::atomic<std::size_t> allocations{0};

void* allocate(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const auto rounded = (size + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded)) return memory;
  throw std::bad_alloc{};
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new[](std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t a) { return allocate(size, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t size, std::align_val_t a) { return allocate(size, static_cast<std::size_t>(a)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace sluice::test {
namespace {

constexpr std::size_t packet = 1100;           // bytes of a message that one carries, or a few more
constexpr std::size_t large_size = 32 * 1024;  // below usrsctp's delivery in parts, which allocates for each message
constexpr std::size_t per_message = 24;        // with the hops between two connections, and the message itself

// Two connections with a channel; messages go from one to the other, the next one when the last one is there.
class Flow {
 public:
  Flow() {
    channel_.on_open([this] { open_ = true; });
    pair_.b.on_data_channel([this](const DataChannel& opened) {
      opened.on_message([this](const Message&) {
        if (--left_ != 0) send();
      });
    });
    REQUIRE(run_until(io_, [&] { return open_; }));
  }

  std::size_t allocations_of(int messages, std::size_t size) {
    message_.assign(size, std::byte{1});
    left_ = messages;
    const auto before = allocations.load();
    asio::post(pair_.a.get_executor(), [this] { send(); });
    REQUIRE(run_until(io_, [&] { return left_ == 0; }));
    return allocations.load() - before;
  }

 private:
  static Configuration loopback() {
    Configuration configuration;
    configuration.network.addresses = {"127.0.0.1"};
    return configuration;
  }

  void send() { static_cast<void>(channel_.send(message_)); }

  asio::io_context io_;
  Pair pair_{io_.get_executor(), loopback()};
  DataChannel channel_ = pair_.a.create_data_channel("flow");
  std::vector<std::byte> message_{};
  int left_ = 0;
  bool open_ = false;
};

}  // namespace

SCENARIO("a packet in steady state allocates nothing of ours", "[allocations]") {
  GIVEN("a channel whose buffers have grown to what large messages need") {
    Flow flow;
    flow.allocations_of(200, large_size);
    WHEN("as many messages are sent again, small ones and ones of many packets") {
      constexpr int messages = 200;
      const auto small = flow.allocations_of(messages, 1024);
      const auto large = flow.allocations_of(messages, large_size);
      THEN("what is allocated does not grow with the packets, and is little for each message") {
        const auto packets = static_cast<double>(messages) * (large_size / packet);
        CAPTURE(small, large, packets);
        CHECK(static_cast<double>(large) - static_cast<double>(small) < packets / 10);  // timers cost some, at times
        CHECK(small / messages <= per_message);
      }
    }
  }
}

}  // namespace sluice::test
