#pragma once
// Compare: the same bulk transfer by another library, both ends in processes of its own, over the same emulated path.
#include <nlohmann/json.hpp>
#include <string>

namespace sluice::bench {

/// `program` is run by node, see compare/libdatachannel.mjs; parameters as those of bulk.cpp. Gives
/// "megabits_per_second" and "longest_stall_ms".
nlohmann::json compare(const std::string& program, const nlohmann::json& parameters);

}  // namespace sluice::bench
