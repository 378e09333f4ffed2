#include "ice/mdns_message.hpp"

#include <algorithm>

#include "base/reader.hpp"
#include "base/writer.hpp"

namespace sluice::ice {
namespace {

constexpr std::size_t max_message = 9000;  // RFC 6762 §17
constexpr std::size_t max_entries = 256;   // questions and records of a message that are read
constexpr std::size_t max_name = 255;      // RFC 1035 §2.3.4
constexpr std::size_t max_label = 63;      // RFC 1035 §2.3.4
constexpr unsigned max_pointers = 16;      // of one name; a name of this size needs one

constexpr std::uint16_t flag_response = 0x8000;
constexpr std::uint16_t flag_authoritative = 0x0400;  // RFC 6762 §18.4
constexpr std::uint16_t opcode_and_rcode = 0x780f;    // RFC 6762 §18.3, §18.11: others are ignored
constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t class_any = 255;
constexpr std::uint16_t top_bit = 0x8000;  // of a class: unicast response (§18.12) or cache flush (§18.13)

constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_aaaa = 28;
constexpr std::uint16_t type_nsec = 47;
constexpr std::uint16_t type_any = 255;

// A dot within a label is none that separates labels. RFC 1035 §5.1
void append_label(std::string& name, ByteView label) {
  if (!name.empty()) name += '.';
  for (const auto octet : as_text(label)) {
    if (octet == '.') name += '\\';
    name += octet;
  }
}

// RFC 1035 §4.1.4. A pointer leads to what came before the name, each further back than the last: there is no loop.
class NameReader {
 public:
  NameReader(ByteView message, Reader& in) : message_{message}, in_{&in}, limit_{message.size() - in.remaining()} {}

  /// False: it is none. What does not fit shows in the reader.
  bool read(std::string& name) {
    name.clear();
    Reader elsewhere{{}};
    for (auto* from = in_; ok_;) {
      const auto length = from->u8();
      if (length >= 0xc0) {
        jump(std::size_t{length & 0x3fU} << 8 | from->u8(), elsewhere);
        from = &elsewhere;
      } else if (length > max_label || !from->ok()) {
        return false;
      } else if (length == 0) {
        return true;
      } else {
        append_label(name, from->bytes(length));
        ok_ = from->ok() && name.size() <= max_name;
      }
    }
    return false;
  }

 private:
  void jump(std::size_t target, Reader& elsewhere) {
    ok_ = target < limit_ && ++pointers_ <= max_pointers;
    limit_ = target;
    elsewhere = Reader{message_};
    elsewhere.skip(target);
  }

  ByteView message_;
  Reader* in_;
  std::size_t limit_;
  unsigned pointers_ = 0;
  bool ok_ = true;
};

std::optional<IpAddress> read_address(std::uint16_t type, ByteView data) {
  const auto copy = [&](auto octets) {
    std::ranges::copy(data, octets.begin());
    return octets;
  };
  if (type == type_a && data.size() == 4) return IpAddress::v4(copy(std::array<std::byte, 4>{}));
  if (type == type_aaaa && data.size() == 16) return IpAddress::v6(copy(std::array<std::byte, 16>{}));
  return std::nullopt;
}

class MessageReader {
 public:
  explicit MessageReader(ByteView message) : message_{message}, in_{message} {}

  Outcome<MdnsMessage, MdnsError> read() {
    if (message_.size() > max_message) return MdnsError::too_many;
    result_.id = in_.u16();
    const auto flags = in_.u16();
    const auto questions = in_.u16();
    const auto answers = in_.u16();
    const auto authorities = in_.u16();
    const auto additionals = in_.u16();
    if (!in_.ok()) return MdnsError::truncated;
    if (flags & opcode_and_rcode) return MdnsError::unsupported;
    if (std::size_t{questions} + answers + authorities + additionals > max_entries) return MdnsError::too_many;
    result_.response = (flags & flag_response) != 0;
    bool good = repeat(questions, [this] { return read_question(); });
    good = good && repeat(answers, [this] { return read_record(true); });
    good = good && repeat(authorities, [this] { return read_record(false); });
    good = good && repeat(additionals, [this] { return read_record(true); });
    if (!in_.ok()) return MdnsError::truncated;
    if (!good) return MdnsError::bad_name;
    return std::move(result_);
  }

 private:
  template <class Function>
  bool repeat(std::size_t count, Function function) {
    while (count != 0 && function()) --count;
    return count == 0;
  }

  bool read_question() {
    if (!NameReader{message_, in_}.read(name_)) return false;
    const auto type = in_.u16();
    const auto dns_class = in_.u16();
    const auto plain = static_cast<std::uint16_t>(dns_class & ~top_bit);
    const auto name = MdnsName::parse(name_);
    if (!in_.ok()) return false;
    if (!name || (plain != class_in && plain != class_any)) return true;
    if (type != type_a && type != type_aaaa && type != type_any) return true;
    result_.questions.push_back({.name = *name,
                                 .family = type == type_aaaa ? IpAddress::Family::v6 : IpAddress::Family::v4,
                                 .any = type == type_any,
                                 .unicast_response = (dns_class & top_bit) != 0});
    return true;
  }

  bool read_record(bool wanted) {
    if (!NameReader{message_, in_}.read(name_)) return false;
    const auto type = in_.u16();
    const auto dns_class = in_.u16();
    const auto ttl = in_.u32();
    const auto data = in_.bytes(in_.u16());
    if (!in_.ok()) return false;
    const auto name = MdnsName::parse(name_);
    const auto address = read_address(type, data);
    if (!wanted || !name || !address || (dns_class & ~top_bit) != class_in) return true;
    result_.records.push_back({*name, *address, std::chrono::seconds{ttl}, (dns_class & top_bit) != 0});
    return true;
  }

  ByteView message_;
  Reader in_;
  MdnsMessage result_{};
  std::string name_{};
};

std::uint16_t type_of(const MdnsQuestion& question) noexcept {
  if (question.any) return type_any;
  return question.family == IpAddress::Family::v4 ? type_a : type_aaaa;
}

std::uint16_t class_of(bool bit) noexcept { return static_cast<std::uint16_t>(class_in | (bit ? top_bit : 0)); }

void write_header(Writer& out, std::uint16_t id, std::uint16_t flags, std::array<std::uint16_t, 4> counts) {
  out.u16(id);
  out.u16(flags);
  for (const auto count : counts) out.u16(count);
}

void write_name(Writer& out, const MdnsName& name) {
  for (const auto label : {name.uuid(), std::string_view{"local"}}) {
    out.u8(static_cast<std::uint8_t>(label.size()));
    out.bytes(as_bytes(label));
  }
  out.u8(0);
}

void write_question(Writer& out, const MdnsQuestion& question) {
  write_name(out, question.name);
  out.u16(type_of(question));
  out.u16(class_of(question.unicast_response));
}

void write_record_header(Writer& out, std::uint16_t type, const MdnsRecord& record) {
  write_name(out, record.name);
  out.u16(type);
  out.u16(class_of(record.cache_flush));
  out.u32(static_cast<std::uint32_t>(record.ttl.count()));
}

void write_address(Writer& out, const MdnsRecord& record) {
  write_record_header(out, record.address.is_v4() ? type_a : type_aaaa, record);
  out.u16(static_cast<std::uint16_t>(record.address.octets().size()));
  out.bytes(record.address.octets());
}

// RFC 6762 §6.1: the next domain name is the name itself, and the bits are of the types that it has.
void write_denial(Writer& out, const MdnsRecord& record) {
  write_record_header(out, type_nsec, record);
  const auto length_at = out.size();
  out.u16(0);
  write_name(out, record.name);
  const unsigned type = record.address.is_v4() ? type_a : type_aaaa;
  out.u8(0);  // window block
  out.u8(static_cast<std::uint8_t>(type / 8 + 1));
  out.zeros(type / 8);
  out.u8(static_cast<std::uint8_t>(0x80 >> type % 8));
  out.patch_u16(length_at, static_cast<std::uint16_t>(out.size() - length_at - 2));
}

}  // namespace

Endpoint MdnsSocket::group() const noexcept {
  const auto octet = [](unsigned value) { return std::byte{static_cast<unsigned char>(value)}; };
  if (family == IpAddress::Family::v4) return {IpAddress::v4({octet(224), octet(0), octet(0), octet(251)}), mdns_port};
  std::array<std::byte, 16> octets{};
  octets[0] = octet(0xff);
  octets[1] = octet(0x02);
  octets[15] = octet(0xfb);
  return {IpAddress::v6(octets), mdns_port};
}

Outcome<MdnsMessage, MdnsError> MdnsMessage::parse(ByteView message) { return MessageReader{message}.read(); }

Bytes to_bytes(const MdnsQuestion& question) {
  Bytes message;
  Writer out{message};
  write_header(out, 0, 0, {1, 0, 0, 0});
  write_question(out, question);
  return message;
}

// What was not asked for is additional. A record that ends takes its denial along.
Bytes to_bytes(const MdnsResponse& response) {
  const bool ends = response.record.ttl == std::chrono::seconds{0};
  const auto questions = static_cast<std::uint16_t>(response.question ? 1 : 0);
  Bytes message;
  Writer out{message};
  write_header(out, response.id, flag_response | flag_authoritative,
               {questions, 1, 0, static_cast<std::uint16_t>(ends ? 0 : 1)});
  if (response.question) write_question(out, *response.question);
  if (response.denies) write_denial(out, response.record);
  write_address(out, response.record);
  if (!response.denies && !ends) write_denial(out, response.record);
  return message;
}

}  // namespace sluice::ice
