// The sweep phase of a prune, and the verification of a store.
#pragma once

#include "store/prune_plan.hpp"

namespace tierbuild::store {

/// Removes what the plan names, records before blobs, under the gate (see Lease), so that no process finds a
/// record of what is gone or is robbed of what it has announced.
Result<PruneResult> run_prune(const Site& site, const PruneOptions& options);

Result<std::vector<VerifyProblem>> run_verify(const Site& site, bool repair);

}  // namespace tierbuild::store
