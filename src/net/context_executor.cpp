#include "net/context_executor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

namespace sluice::net {
namespace {

namespace asio = boost::asio;

template <class Inner>
bool peel(asio::any_io_executor& executor) {
  const auto* strand = executor.target<asio::strand<Inner>>();
  if (strand == nullptr) return false;
  executor = asio::any_io_executor{Inner{strand->get_inner_executor()}};
  return true;
}

}  // namespace

asio::any_io_executor context_executor(asio::any_io_executor executor) {
  while (peel<asio::any_io_executor>(executor) || peel<asio::io_context::executor_type>(executor) ||
         peel<asio::thread_pool::executor_type>(executor)) {
  }
  return executor;
}

}  // namespace sluice::net
