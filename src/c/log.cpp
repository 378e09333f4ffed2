#include "sluice/c/log.h"

#include <string>

#include "c/structs.hpp"
#include "sluice/log.hpp"

using namespace sluice::c;

sluice_error sluice_set_log_handler(sluice_log_level level, sluice_log_handler handler, void* user) {
  return guarded([&] {
    const auto limit = enumerator(level, sluice::LogLevel::debug);
    if (!handler) return sluice::set_log_handler(limit, nullptr);
    sluice::set_log_handler(limit, [handler, user](sluice::LogLevel of, std::string_view line) {
      handler(user, static_cast<sluice_log_level>(of), std::string{line}.c_str());
    });
  });
}
