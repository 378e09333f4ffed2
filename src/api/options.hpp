#pragma once
// From a public Configuration to what an Engine is given.
#include "peer/events.hpp"
#include "sluice/configuration.hpp"

namespace sluice::api {

/// The errors of validate(). Makes a certificate if there is none.
Result<peer::EngineOptions> engine_options(const Configuration&);

}  // namespace sluice::api
