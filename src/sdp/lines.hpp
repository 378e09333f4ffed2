#pragma once
// Lines: the grammar of SDP lines and attributes, nothing about WebRTC.   RFC 8866 §5, §9
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"

namespace sluice::sdp {

// One "x=value" line. Attributes are "a" lines whose value is "name" or "name:value".
struct Line {
  char type = 0;
  std::string value{};
};

struct Limits {
  std::size_t bytes = 64 * 1024;
  std::size_t media_sections = 32;
  std::size_t candidates = 64;  // per section
};

/// Accepts CRLF and LF. A failure is Reason::sdp_syntax with the line number from 1.
Expected<std::vector<Line>> parse_lines(std::string_view sdp, const Limits&);
std::string to_string(const std::vector<Line>&);  // CRLF

/// "name:value" of an attribute line in two.
std::string_view attribute_name(const Line&) noexcept;  // empty if it is not an "a" line
std::string_view attribute_value(const Line&) noexcept;

}  // namespace sluice::sdp
