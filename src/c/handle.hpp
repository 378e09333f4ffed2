#pragma once
// Handles: a C++ handle, and what its handlers need to be called by the right threads for as long as it lives.
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>

#include "c/guard.hpp"
#include "c/loop.hpp"
#include "c/values.hpp"

namespace sluice::c {

/// Where a connection's handlers run.
struct Home {
  std::shared_ptr<Loop> loop;
  asio::any_io_executor strand;
  std::weak_ptr<const bool> connection{};  // until it is freed
};

/// Likewise, for what the loop owns itself: it must not keep the loop alive.
struct HomeReference {
  explicit HomeReference(const Home& home) : loop{home.loop}, strand{home.strand}, connection{home.connection} {}
  /// Without a loop if that is gone; never so in a handler.
  Home lock() const { return {loop.lock(), strand, connection}; }
  std::weak_ptr<Loop> loop;
  asio::any_io_executor strand;
  std::weak_ptr<const bool> connection;
};

template <class Value>
struct Handle {
  Handle(Home where, Value what) : home{std::move(where)}, value{std::move(what)} {}
  Home home;  // first, because it goes last
  Value value;
  std::shared_ptr<const bool> alive = std::make_shared<const bool>(true);  // for listener()
};

/// A listener that delivers while this handle lives.
template <class... Event, class Value, class Deliver>
Listener<Event...> listener(const Handle<Value>& handle, Deliver deliver) {
  return [alive = std::weak_ptr{handle.alive}, deliver](Event... event) {
    if (const auto held = alive.lock()) deliver(std::move(event)...);
  };
}

/// `listen(value, listener)` registers the listener that delivers to `handler`, or takes it back if that is NULL.
template <class... Event, class Object, class Handler, class Listen, class Deliver>
sluice_error listen(Object* handle, Handler* handler, Listen listen, Deliver deliver) noexcept {
  return guarded([&] {
    auto& object = require(handle);
    listen(object.value, handler ? listener<Event...>(object, deliver) : Listener<Event...>{});
  });
}

/// A completion that runs on the connection's strand. Without it (an operation of a channel whose connection another
/// thread frees) C++ would call it from a thread of the system.
template <class Value, class Deliver>
auto completion(const Handle<Value>& handle, Deliver deliver) {
  return [reference = HomeReference{handle.home}, deliver](auto&&... results) {
    const auto home = reference.lock();
    if (!home.loop) return;
    asio::dispatch(home.strand, [deliver, ... results = std::forward<decltype(results)>(results)]() mutable {
      deliver(std::move(results)...);
    });
  };
}

/// A completion without a result.
template <class Value>
auto completion(const Handle<Value>& handle, sluice_done done, void* user) {
  return completion(handle, [done, user](error_code error) {
    if (done) done(user, to_c(error));
  });
}

}  // namespace sluice::c

struct sluice_data_channel : sluice::c::Handle<sluice::DataChannel> {
  using Handle::Handle;
  std::string label{value.label()};  // with a NUL
  std::string protocol{value.protocol()};
};
struct sluice_ice_transport : sluice::c::Handle<sluice::IceTransport> {
  using Handle::Handle;
};
struct sluice_dtls_transport : sluice::c::Handle<sluice::DtlsTransport> {
  using Handle::Handle;
};
struct sluice_sctp_transport : sluice::c::Handle<sluice::SctpTransport> {
  using Handle::Handle;
};
struct sluice_peer_connection : sluice::c::Handle<sluice::PeerConnection> {
  sluice_peer_connection(std::shared_ptr<sluice::c::Loop> loop, sluice::PeerConnection made,
                         std::shared_ptr<const bool> until_freed)
      : Handle{{std::move(loop), made.get_executor(), until_freed}, std::move(made)} {
    alive = std::move(until_freed);
  }
};

namespace sluice::c {

/// What a getter says, or `otherwise` without a handle.
template <class Object, class Value, class Get>
Value get(const Object* handle, Value otherwise, Get read_value) noexcept {
  return guarded_or(handle, otherwise, [&](const Object& object) { return read_value(object.value); });
}

/// An event whose value is a state.
template <class State, class CState, class Object, class Listen>
sluice_error on_state(Object* handle, void (*handler)(void*, CState), void* user, Listen register_it) noexcept {
  return listen<State>(handle, handler, register_it,
                       [handler, user](State state) { handler(user, static_cast<CState>(state)); });
}

/// An event that says why something failed.
template <class Object, class Listen>
sluice_error on_error(Object* handle, sluice_error_handler handler, void* user, Listen register_it) noexcept {
  return listen<RtcError>(handle, handler, register_it, [handler, user](RtcError error) {
    const HeldRtcError held{std::move(error)};
    const auto view = held.view();
    handler(user, &view);
  });
}

/// Another handle of the same thing.
template <class Object>
Object* copy(const Object* handle) noexcept {
  return guarded_or(handle, static_cast<Object*>(nullptr), [](const Object& object) {
    return new Object{object.home, object.value};
  });
}

template <class Object>
bool same(const Object* a, const Object* b) noexcept {
  return a && b && a->value == b->value;
}

}  // namespace sluice::c
