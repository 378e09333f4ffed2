// A candidate line from a peer: any text is refused or read, and what was read survives being written and read again.
#include <cstdint>

#include "base/bytes.hpp"
#include "ice/candidate.hpp"
#include "property.hpp"

using namespace sluice;
using fuzz::property;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto candidate = ice::parse_candidate(as_text(std::as_bytes(std::span{data, size})));
  if (!candidate) return 0;
  const auto line = ice::to_string(*candidate);
  property(line.find_first_of("\r\n") == line.npos, "one line stays one line");
  const auto again = ice::parse_candidate(line);
  property(again.has_value(), "what was written can be read");
  property(ice::to_string(*again) == line, "writing is stable");
  property(again->address == candidate->address, "the address survives");
  property(again->host_name == candidate->host_name, "the name survives");
  property(again->priority == candidate->priority && again->type == candidate->type, "priority and type survive");
  return 0;
}
