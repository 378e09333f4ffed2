#pragma once
// Logging: one handler for the process. What the peer sends is never logged above debug, and no secret ever.
#include <functional>
#include <string_view>

#include "sluice/detail/export.hpp"

namespace sluice {

enum class LogLevel { none, error, warning, info, debug };  ///< 0 to 4; each includes those before it.

SLUICE_EXPORT std::string_view to_string(LogLevel) noexcept;  ///< "none", "error", ...

using LogHandler = std::function<void(LogLevel, std::string_view line)>;

/// Sends lines of this level and below to the handler, until it is replaced; nullptr or LogLevel::none ends logging.
/// Any thread may call. The handler is called from any thread that runs a connection, one call at a time; after this
/// function has returned the previous handler is not called any more. The handler must not call this function.
SLUICE_EXPORT void set_log_handler(LogLevel, LogHandler);

}  // namespace sluice
