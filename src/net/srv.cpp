#include "net/srv.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/reader.hpp"
#include "net/sockaddr.hpp"

#if __has_include(<resolv.h>)
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#define SLUICE_HAS_RESOLV 1
#endif

namespace sluice::net {
namespace {

// RFC 2782: a random one, each as likely as its weight says; those without weight have a small chance.
std::size_t draw(std::span<const SrvRecord> records, Random& random) {
  const auto sum = std::accumulate(records.begin(), records.end(), std::uint32_t{0},
                                   [](std::uint32_t total, const SrvRecord& each) { return total + each.weight; });
  auto left = random.u32() % (sum + 1);
  for (std::size_t i = 0; i != records.size(); ++i) {
    if (left <= records[i].weight) return i;
    left -= records[i].weight;
  }
  return records.size() - 1;
}

}  // namespace

std::vector<SrvRecord> in_order(std::vector<SrvRecord> records, Random& random) {
  std::ranges::stable_sort(records, {}, [](const SrvRecord& each) {
    return std::pair{each.priority, each.weight != 0};
  });
  for (auto first = records.begin(); first != records.end(); ++first) {
    const auto end = std::ranges::find_if(
        first, records.end(), [&](std::uint16_t priority) { return priority != first->priority; },
        &SrvRecord::priority);
    const auto chosen = first + static_cast<std::ptrdiff_t>(draw({first, end}, random));
    std::rotate(first, chosen, chosen + 1);
  }
  return records;
}

#ifdef SLUICE_HAS_RESOLV

std::vector<SrvRecord> parse_srv(ByteView response) {
  const auto* data = reinterpret_cast<const unsigned char*>(response.data());
  ns_msg message;
  std::vector<SrvRecord> result;
  if (ns_initparse(data, static_cast<int>(response.size()), &message) != 0) return result;
  for (int i = 0; i != ns_msg_count(message, ns_s_an) && result.size() != max_srv_records; ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) return {};
    if (ns_rr_type(record) != ns_t_srv) continue;  // a CNAME before it
    const auto* value = ns_rr_rdata(record);
    Reader in{ByteView{response}.subspan(static_cast<std::size_t>(value - data), ns_rr_rdlen(record))};
    SrvRecord srv{.priority = in.u16(), .weight = in.u16(), .port = in.u16()};
    if (!in.ok()) return {};
    std::array<char, NS_MAXDNAME> target{};
    const auto* name = value + (ns_rr_rdlen(record) - in.remaining());
    if (dn_expand(data, data + response.size(), name, target.data(), static_cast<int>(target.size())) < 0) return {};
    srv.target = target.data();
    if (srv.target.empty()) srv.target = ".";  // as dn_expand writes the root
    result.push_back(std::move(srv));
  }
  return result;
}

namespace {

// The resolver's state for one question.
class Question {
 public:
  explicit Question(const std::optional<Endpoint>& name_server) : ready_{res_ninit(&state_) == 0} {
    state_.retrans = 2;  // seconds, twice
    state_.retry = 2;
    if (!name_server) return;
    state_.nscount = 1;
    state_.nsaddr_list[0].sin_family = AF_INET;
    state_.nsaddr_list[0].sin_port = htons(name_server->port);
    std::ranges::copy(name_server->address.octets(),
                      std::as_writable_bytes(std::span{&state_.nsaddr_list[0].sin_addr, 1}).begin());
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  ~Question() {
    if (ready_) res_nclose(&state_);
  }

  ByteView ask(const std::string& name) {
    if (!ready_) return {};
    const auto size =
        res_nquery(&state_, name.c_str(), ns_c_in, ns_t_srv, answer_.data(), static_cast<int>(answer_.size()));
    if (size < 0) return {};
    return std::as_bytes(std::span{answer_}).first(std::min(static_cast<std::size_t>(size), answer_.size()));
  }

 private:
  struct __res_state state_ {};
  bool ready_;
  std::array<unsigned char, 4096> answer_{};
};

}  // namespace

std::vector<SrvRecord> query_srv(const std::string& name, const std::optional<Endpoint>& name_server) {
  Question question{name_server};
  return parse_srv(question.ask(name));
}

#else

std::vector<SrvRecord> parse_srv(ByteView) { return {}; }
std::vector<SrvRecord> query_srv(const std::string&, const std::optional<Endpoint>&) { return {}; }

#endif

}  // namespace sluice::net
