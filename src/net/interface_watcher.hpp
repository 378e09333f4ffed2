#pragma once
// InterfaceListener: hears when the addresses of this host change. All listeners of an execution context share one
// watcher, and that one socket.
//
// Linux tells by rtnetlink(7). Elsewhere nobody is ever told, and a change is seen when somebody looks. While nobody
// listens there is nothing that would keep the context running.
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "net/interfaces.hpp"

namespace sluice::net {

class InterfaceWatcher;

class InterfaceListener {
 public:
  /// Called from the context, on no strand, with all addresses as interface_addresses() gives them; once for changes
  /// that come together. May still be called once while the listener ends. Must not throw.
  using Handler = std::function<void(std::shared_ptr<const Addresses>)>;

  InterfaceListener(const boost::asio::any_io_executor&, Handler);
  ~InterfaceListener();
  InterfaceListener(const InterfaceListener&) = delete;
  InterfaceListener& operator=(const InterfaceListener&) = delete;

 private:
  InterfaceWatcher& watcher_;
  std::uint64_t id_;
};

}  // namespace sluice::net
