// The records over one database connection.
#pragma once

#include <memory>

#include "store/records.hpp"
#include "store/sqlite.hpp"

namespace tierbuild::store {

/// `database` has the schema. Announces to `lease` if there is one.
std::unique_ptr<Records> sql_records(std::unique_ptr<Database> database, Lease* lease);

/// The tables of schema version `kSchemaVersion`, as one script.
extern const char* const kSchema;
inline constexpr int64_t kSchemaVersion = 2;
/// What makes a database of the version before one of this version.
extern const char* const kUpgrade;
/// Uses are kept to the hour, so that a build which finds everything made writes nothing.
inline constexpr int64_t kUseGranularity = 3'600'000;
inline constexpr int64_t kApplicationId = 0x74626c64;  // "tbld"

}  // namespace tierbuild::store
