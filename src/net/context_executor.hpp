#pragma once
// The executor of a context, for what all users of the context share.
#include <boost/asio/any_io_executor.hpp>

namespace sluice::net {

/// What is below the strands of the user who came first: that one may be busy for long with handlers of its own, and
/// nothing that is shared may wait for it. An executor of another kind than Asio's is taken as it is.
boost::asio::any_io_executor context_executor(boost::asio::any_io_executor);

}  // namespace sluice::net
