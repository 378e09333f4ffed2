#pragma once
// Sluice: WebRTC data channels for C++20.
#include "sluice/certificate.hpp"
#include "sluice/configuration.hpp"
#include "sluice/data_channel.hpp"
#include "sluice/error.hpp"
#include "sluice/ice_candidate.hpp"
#include "sluice/log.hpp"
#include "sluice/message.hpp"
#include "sluice/peer_connection.hpp"
#include "sluice/session_description.hpp"
