#pragma once
// From a core's Reason to the public error of the same name.
#include "base/failure.hpp"
#include "sluice/error.hpp"

namespace sluice::api {

Error to_error(Reason) noexcept;
RtcError to_rtc_error(const Failure&);
inline error_code to_error_code(const Failure& failure) noexcept { return to_error(failure.reason); }

}  // namespace sluice::api
