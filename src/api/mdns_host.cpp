#include "api/mdns_host.hpp"

#include <algorithm>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/strand.hpp>
#include <mutex>
#include <set>

#include "base/log.hpp"
#include "net/context_executor.hpp"

namespace sluice::api {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

class MdnsService final : public asio::execution_context::service {
 public:
  inline static asio::execution_context::id id;

  explicit MdnsService(asio::execution_context& context) : service{context} {}

  std::shared_ptr<MdnsHost> host(const asio::any_io_executor& executor) {
    const std::scoped_lock lock{mutex_};
    if (!host_) host_ = std::make_shared<MdnsHost>(executor);
    return host_;
  }

 private:
  void shutdown() override {
    const std::scoped_lock lock{mutex_};
    if (host_) host_->abandon();
    host_.reset();
  }

  std::mutex mutex_;
  std::shared_ptr<MdnsHost> host_;
};

}  // namespace

std::shared_ptr<MdnsHost> MdnsHost::of(const asio::any_io_executor& executor) {
  return asio::use_service<MdnsService>(asio::query(executor, asio::execution::context)).host(executor);
}

MdnsHost::MdnsHost(const asio::any_io_executor& executor)
    : strand_{asio::make_strand(net::context_executor(executor))}, alarm_{strand_} {}

void MdnsHost::async_resolve(User user, const ice::MdnsName& name, Handler handler) {
  asio::post(strand_, [self = shared_from_this(), user, name, handler = std::move(handler)]() mutable {
    const auto now = Clock::now();
    self->follow_links(now);
    if (self->sockets_.empty() || !self->querier_.ask(now, name)) {
      handler(std::nullopt);
    } else {
      self->waiting_.emplace(name, Waiter{user, std::move(handler)});
    }
    self->drain();
  });
}

void MdnsHost::publish(User user, const ice::MdnsName& name, const IpAddress& address) {
  asio::post(strand_, [self = shared_from_this(), user, name, address] {
    const auto now = Clock::now();
    self->follow_links(now);
    self->responder_.publish(now, name, address, self->sockets_of(address));
    self->published_.emplace(user, Published{name, address});
    self->drain();
  });
}

void MdnsHost::leave(User user) {
  asio::post(strand_, [self = shared_from_this(), user] {
    const auto [first, last] = self->published_.equal_range(user);
    for (auto each = first; each != last; ++each) self->responder_.retract(each->second.name);
    self->published_.erase(first, last);
    self->drop_waiters(user);
    self->drain();
  });
}

void MdnsHost::drop_waiters(User user) {
  std::set<ice::MdnsName> names;
  std::erase_if(waiting_, [&](const auto& each) {
    if (each.second.user != user) return false;
    names.insert(each.first);
    return true;
  });
  for (const auto& name : names) {
    if (!waiting_.contains(name)) querier_.forget(name);
  }
}

// No handler runs any more.
void MdnsHost::abandon() {
  waiting_.clear();
  close_sockets();
}

// Interfaces come and go, and get other addresses: what there is is looked at whenever somebody begins something, and
// when the system says that it has changed.
void MdnsHost::follow_links(TimePoint now) {
  watch_network();
  const auto links = net::multicast_links();
  bool changed = close_lost_sockets(links);
  for (const auto& link : links) {
    for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
      const auto same = [&](const ice::MdnsSocket& member) {
        return member.family == family && sockets_.at(member.id)->link().index == link.index;
      };
      if (link.has(family) && std::ranges::none_of(members_, same)) changed |= open_socket(link, family);
    }
  }
  if (!changed) return;
  for (const auto& [user, each] : published_) responder_.relocate(now, each.name, sockets_of(each.address));
}

void MdnsHost::watch_network() {
  if (listener_) return;
  listener_.emplace(strand_, [weak = weak_from_this()](const auto&) {
    const auto self = weak.lock();
    if (!self) return;
    asio::post(self->strand_, [self] {
      if (!self->listener_) return;
      self->follow_links(Clock::now());
      self->drain();
    });
  });
}

std::vector<ice::MdnsSocket> MdnsHost::sockets_of(const IpAddress& address) const {
  std::vector<ice::MdnsSocket> result;
  for (const auto& member : members_) {
    if (sockets_.at(member.id)->link().owns(address)) result.push_back(member);
  }
  return result;
}

// Whether any link is not what it was, too.
bool MdnsHost::close_lost_sockets(const std::vector<net::Link>& links) {
  bool changed = false;
  std::erase_if(members_, [&](const ice::MdnsSocket& member) {
    auto& socket = *sockets_.at(member.id);
    const auto link = std::ranges::find(links, socket.link().index, &net::Link::index);
    if (link != links.end() && *link == socket.link()) return false;
    changed = true;
    if (link != links.end() && link->has(member.family) && !socket.set_link(*link)) return false;
    sockets_.erase(member.id);
    return true;
  });
  return changed;
}

bool MdnsHost::open_socket(const net::Link& link, IpAddress::Family family) {
  if (sockets_.size() == max_sockets) return false;
  while (sockets_.contains(SocketId{next_socket_})) ++next_socket_;
  const ice::MdnsSocket member{SocketId{next_socket_}, family};
  auto socket = std::make_unique<net::MulticastSocket>(strand_, member.id, link);
  if (const auto error = socket->open(member.group())) {
    log::debug("no multicast DNS on ", link.name, ": ", error.message());
    return false;
  }
  sockets_.emplace(member.id, std::move(socket));
  members_.push_back(member);
  ++next_socket_;
  read(member.id);
  return true;
}

void MdnsHost::read(SocketId id) {
  sockets_.at(id)->async_wait_readable([weak = weak_from_this(), id](error_code error) {
    const auto self = weak.lock();
    if (!error && self) self->handle_readable(id);
  });
}

void MdnsHost::handle_readable(SocketId id) {
  const auto now = Clock::now();
  for (std::size_t i = 0; i != reads_per_wake && sockets_.contains(id); ++i) {
    const auto datagram = sockets_.at(id)->receive();
    if (!datagram) break;
    handle_datagram(now, *datagram);
  }
  drain();
  if (sockets_.contains(id)) read(id);
}

// RFC 6762 §6: what is a response comes from the port of multicast DNS.
void MdnsHost::handle_datagram(TimePoint now, const Datagram& datagram) {
  const auto message = ice::MdnsMessage::parse(datagram.bytes);
  if (!message) return;
  if (!message->response) return responder_.handle_query(now, datagram.path, *message);
  if (datagram.path.remote.port == ice::mdns_port) querier_.handle_response(now, *message);
}

void MdnsHost::drain() {
  while (const auto answer = querier_.poll_answer()) complete(*answer);
  querier_.poll_transmit(members_, queue_);
  responder_.poll_transmit(queue_);
  for (const auto& entry : queue_.entries()) {
    const auto socket = sockets_.find(entry.path.local);
    if (socket != sockets_.end()) socket->second->send(entry.path.remote, queue_.bytes(entry));
  }
  queue_.clear();
  if (waiting_.empty() && responder_.empty()) return close_sockets();
  const auto deadline = std::min(querier_.next_timeout(), responder_.next_timeout());
  if (deadline == never || alarm_.covers(deadline)) return;
  alarm_.set(deadline, [self = shared_from_this()] {
    const auto later = Clock::now();
    self->querier_.handle_timeout(later);
    self->responder_.handle_timeout(later);
    self->drain();
  });
}

void MdnsHost::complete(const ice::MdnsQuerier::Answer& answer) {
  const auto [first, last] = waiting_.equal_range(answer.name);
  std::vector<Handler> handlers;
  for (auto each = first; each != last; ++each) handlers.push_back(std::move(each->second.handler));
  waiting_.erase(first, last);
  for (const auto& handler : handlers) handler(answer.address);
}

void MdnsHost::close_sockets() {
  listener_.reset();
  alarm_.cancel();
  members_.clear();
  sockets_.clear();
}

}  // namespace sluice::api
