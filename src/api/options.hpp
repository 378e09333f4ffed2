#pragma once
// From a public Configuration to what an Engine is given.
#include "peer/events.hpp"
#include "sluice/configuration.hpp"

namespace sluice::api {

/// The errors of validate(). Makes a certificate if there is none.
Result<peer::EngineOptions> engine_options(const Configuration&);

std::vector<ice::IceServer> ice_servers(const Configuration&);  // of a valid one
/// The errors of set_configuration, W3C §4.4.1.5.
error_code check_change(const Configuration& before, const Configuration& after, bool local_description_set);

}  // namespace sluice::api
