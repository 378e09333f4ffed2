#include "sdp/lines.hpp"

#include <algorithm>

namespace sluice::sdp {
namespace {

constexpr std::string_view session_types = "vosiuepcbtrzka";  // RFC 8866 §5
constexpr std::string_view media_types = "micbka";

Failure syntax_error(std::size_t line, std::string detail) {
  return {Reason::sdp_syntax, std::move(detail), static_cast<unsigned>(line)};
}

bool is_control(char c) noexcept {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet == 0x7f;
}

// Takes the line up to the next LF out of `rest`, without its line end.
std::string_view take_line(std::string_view& rest) noexcept {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

class LineParser {
 public:
  explicit LineParser(const Limits& limits) noexcept : limits_{&limits} {}

  std::optional<Failure> take(std::string_view text) {
    ++number_;
    if (text.size() < 2 || text[1] != '=') return error("Write every line as <type>=<value>.");
    if (std::ranges::any_of(text, is_control)) return error("Remove the control character from this line.");
    if (auto problem = misplaced(text[0])) return error(*problem);
    lines_.push_back({text[0], std::string{text.substr(2)}});
    return over_limit();
  }

  std::size_t number() const noexcept { return number_; }
  std::vector<Line> take_lines() { return std::move(lines_); }

 private:
  Failure error(std::string detail) const { return syntax_error(number_, std::move(detail)); }

  // §5 fixes the order; only v= first and "nothing of the session below an m= line" matter to a reader.
  std::optional<std::string> misplaced(char type) const {
    if (session_types.find(type) == std::string_view::npos && type != 'm') {
      return "Remove this line: RFC 8866 has no line of its type.";
    }
    if (lines_.empty() != (type == 'v')) return "Start the description with one v= line.";
    if (media_sections_ != 0 && media_types.find(type) == std::string_view::npos) {
      return "Move this line above the first m= line.";
    }
    return std::nullopt;
  }

  std::optional<Failure> over_limit() {
    const auto& line = lines_.back();
    if (line.type == 'm') {
      candidates_ = 0;
      if (++media_sections_ > limits_->media_sections) return too_many("media sections");
    }
    if (attribute_name(line) == "candidate" && ++candidates_ > limits_->candidates) return too_many("candidates");
    return std::nullopt;
  }

  Failure too_many(std::string_view what) const {
    return {Reason::too_many, "Describe fewer " + std::string{what} + ".", static_cast<unsigned>(number_)};
  }

  const Limits* limits_;
  std::vector<Line> lines_{};
  std::size_t number_ = 0;
  std::size_t media_sections_ = 0;
  std::size_t candidates_ = 0;
};

}  // namespace

Expected<std::vector<Line>> parse_lines(std::string_view sdp, const Limits& limits) {
  if (sdp.size() > limits.bytes) return Failure{Reason::too_many, "Shorten the description."};
  LineParser parser{limits};
  while (!sdp.empty()) {
    if (sdp == "\n" || sdp == "\r\n") break;  // one empty line at the end, as text files and templates leave it
    if (auto failure = parser.take(take_line(sdp))) return *std::move(failure);
  }
  if (parser.number() == 0) return syntax_error(1, "Pass a description that starts with v=0.");
  return parser.take_lines();
}

std::string to_string(const std::vector<Line>& lines) {
  std::string result;
  for (const auto& line : lines) {
    result += line.type;
    result += '=';
    result += line.value;
    result += "\r\n";
  }
  return result;
}

std::string_view attribute_name(const Line& line) noexcept {
  if (line.type != 'a') return {};
  return std::string_view{line.value}.substr(0, line.value.find(':'));
}

std::string_view attribute_value(const Line& line) noexcept {
  if (line.type != 'a') return {};
  const auto colon = line.value.find(':');
  return colon == std::string::npos ? std::string_view{} : std::string_view{line.value}.substr(colon + 1);
}

}  // namespace sluice::sdp
