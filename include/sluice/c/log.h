#pragma once
// Logging: one handler for the process. What the peer sends is never logged above debug, and no secret ever.
#include "sluice/c/base.h"

SLUICE_BEGIN_C

/// Each includes those before it.
typedef enum sluice_log_level {
  SLUICE_LOG_NONE,
  SLUICE_LOG_ERROR,
  SLUICE_LOG_WARNING,
  SLUICE_LOG_INFO,
  SLUICE_LOG_DEBUG
} sluice_log_level;

/// "none", "error", "warning", "info", "debug"; "" for another value.
SLUICE_EXPORT const char* sluice_log_level_name(sluice_log_level level);

/// The line has no newline and lives until the handler returns.
typedef void (*sluice_log_handler)(void* user, sluice_log_level level, const char* line);

/// Sends lines of this level and below to the handler, until it is replaced; NULL or SLUICE_LOG_NONE ends logging. Any
/// thread. The handler is called by any thread that runs a loop, one call at a time; when this function has
/// returned the previous one is not called any more. The handler must not call this function. Errors: bad_argument (no
/// such level).
SLUICE_EXPORT sluice_error sluice_set_log_handler(sluice_log_level level, sluice_log_handler handler, void* user);

SLUICE_END_C
