// Planning: what a build would do, from lookups alone.
#pragma once

#include "build/history.hpp"
#include "build/keying.hpp"
#include "graph/plan.hpp"

namespace tierbuild::build {

/// Fills `outputs` on the way: those of reused steps, and for a step that would run what it made the last
/// time.
Result<PlanReport> plan_build(const WorkContext& context, Outputs& outputs, const graph::Plan& plan,
                              const std::vector<graph::TargetId>& targets, unsigned jobs);

}  // namespace tierbuild::build
