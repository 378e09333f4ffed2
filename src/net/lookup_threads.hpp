#pragma once
// LookupThreads: where the system's resolver blocks. A few threads for each execution context that looks up names at
// all, so that a name whose servers are silent delays no other.
//
// The context waits in its destructor for what is being looked up, as Asio does for its resolvers.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <utility>

namespace sluice::net {

class LookupThreads final : public boost::asio::execution_context::service {
 public:
  static constexpr std::size_t threads = 4;

  inline static boost::asio::execution_context::id id;

  explicit LookupThreads(boost::asio::execution_context& context) : service{context} {}

  static LookupThreads& of(const boost::asio::any_io_executor& executor) {
    return boost::asio::use_service<LookupThreads>(boost::asio::query(executor, boost::asio::execution::context));
  }

  /// `work()` on one of the threads, then `handler(result)` on the executor.
  template <class Work, class Handler>
  void run(const boost::asio::any_io_executor& executor, Work work, Handler handler) {
    boost::asio::post(*pool_, [executor, work = std::move(work), handler = std::move(handler)]() mutable {
      boost::asio::post(executor,
                        [handler = std::move(handler), result = work()]() mutable { handler(std::move(result)); });
    });
  }

 private:
  // What waits owns objects of the context's other services, which are still there.
  void shutdown() override {
    pool_->stop();
    pool_.reset();
  }

  std::optional<boost::asio::thread_pool> pool_{threads};
};

}  // namespace sluice::net
