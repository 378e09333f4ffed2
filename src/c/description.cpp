#include "sluice/c/description.h"

#include "c/values.hpp"

namespace sluice::c {

void set_defaults(sluice_session_description& description) noexcept { description.type = SLUICE_SDP_TYPE_OFFER; }

sluice_session_description HeldDescription::view() const noexcept {
  return {.size = sizeof(sluice_session_description),
          .type = static_cast<sluice_sdp_type>(value.type),
          .sdp = value.sdp.c_str()};
}

SessionDescription to_cpp(const sluice_session_description& given) {
  const auto description = read(given);
  return {.type = enumerator(description.type, SdpType::rollback), .sdp = text(description.sdp)};
}

}  // namespace sluice::c

using namespace sluice::c;

void sluice_session_description_init(sluice_session_description* description, size_t size) {
  initialise(description, size);
}

char* sluice_session_description_to_json(const sluice_session_description* description) {
  return guarded_or(description, static_cast<char*>(nullptr),
                    [](const auto& given) { return own_text(sluice::to_json(to_cpp(given))); });
}

sluice_error sluice_session_description_from_json(const char* json, sluice_session_description** description) {
  if (description) *description = nullptr;
  return guarded([&] {
    auto& result = require(description);
    result = own(HeldDescription{require(sluice::session_description_from_json(&require(json)))});
  });
}
