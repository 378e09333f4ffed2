#pragma once
// Loop: an io_context that its handles and its runners share.
#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>

#include "sluice/c/loop.h"

namespace sluice::c {

namespace asio = boost::asio;

class Loop {
 public:
  asio::io_context& context() noexcept { return context_; }

  /// Calls `run(context)`. A context that ran out of work starts again; one that was stopped does not.
  template <class Run>
  std::size_t run(Run run) {
    const Runner runner{*this};
    return run(context_);
  }

  void stop();
  bool stopped() const;
  /// False if somebody runs it.
  bool restart();

 private:
  struct Runner {
    explicit Runner(Loop&);
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;
    ~Runner();
    Loop& loop;
  };

  asio::io_context context_;
  mutable std::mutex mutex_;
  std::size_t runners_ = 0;
  bool stop_wanted_ = false;
};

}  // namespace sluice::c

struct sluice_loop {
  std::shared_ptr<sluice::c::Loop> shared = std::make_shared<sluice::c::Loop>();
};
