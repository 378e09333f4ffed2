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

MdnsHost::MdnsHost(const asio::any_io_executor& executor) : strand_{asio::make_strand(executor)}, alarm_{strand_} {}

void MdnsHost::async_resolve(User user, const ice::MdnsName& name, Handler handler) {
  asio::post(strand_, [self = shared_from_this(), user, name, handler = std::move(handler)]() mutable {
    const auto now = Clock::now();
    self->open_sockets();
    if (self->sockets_.empty() || !self->querier_.ask(now, name)) return handler(std::nullopt);
    self->waiting_.emplace(name, Waiter{user, std::move(handler)});
    self->drain();
  });
}

void MdnsHost::publish(User user, const ice::MdnsName& name, const IpAddress& address) {
  asio::post(strand_, [self = shared_from_this(), user, name, address] {
    const auto now = Clock::now();
    self->open_sockets();
    std::vector<ice::MdnsSocket> where;
    for (const auto& member : self->members_) {
      if (self->sockets_.at(member.id)->link().owns(address)) where.push_back(member);
    }
    self->responder_.publish(now, name, address, where);
    self->published_.emplace(user, name);
    self->drain();
  });
}

void MdnsHost::leave(User user) {
  asio::post(strand_, [self = shared_from_this(), user] {
    const auto [first, last] = self->published_.equal_range(user);
    for (auto each = first; each != last; ++each) self->responder_.retract(each->second);
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

// Interfaces come and go: what there is is looked at whenever somebody begins something.
void MdnsHost::open_sockets() {
  const auto links = net::multicast_links();
  const auto link_of = [&](const auto& socket) {
    return std::ranges::find(links, socket->link().index, &net::Link::index);
  };
  std::erase_if(members_, [&](const auto& each) { return link_of(sockets_.at(each.id)) == links.end(); });
  std::erase_if(sockets_, [&](const auto& each) { return link_of(each.second) == links.end(); });
  for (auto& [id, socket] : sockets_) socket->set_link(*link_of(socket));
  for (const auto& link : links) {
    for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
      const auto same = [&](const ice::MdnsSocket& member) {
        return member.family == family && sockets_.at(member.id)->link().index == link.index;
      };
      if (link.has(family) && std::ranges::none_of(members_, same)) open_socket(link, family);
    }
  }
}

void MdnsHost::open_socket(const net::Link& link, IpAddress::Family family) {
  if (sockets_.size() == max_sockets) return;
  while (sockets_.contains(SocketId{next_socket_})) ++next_socket_;
  const ice::MdnsSocket member{SocketId{next_socket_}, family};
  auto socket = std::make_unique<net::MulticastSocket>(strand_, member.id, link);
  if (const auto error = socket->open(member.group())) {
    return log::debug("no multicast DNS on ", link.name, ": ", error.message());
  }
  sockets_.emplace(member.id, std::move(socket));
  members_.push_back(member);
  ++next_socket_;
  read(member.id);
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
  alarm_.cancel();
  members_.clear();
  sockets_.clear();
}

}  // namespace sluice::api
