// Runs one step; called by the `tierbuild-step` helper in the namespaces that it made.
#pragma once

#include "sandbox/step_spec.hpp"

namespace tierbuild::sandbox {

constexpr int kSetupFailed = 125;
constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

/// Runs the step to its end. The caller is the init process of a pid namespace, single-threaded, in a private
/// mount namespace whose /proc shows that pid namespace; it must not go on to do anything else.
StepReport run_step_in_namespace(const StepSpec& spec);

}  // namespace tierbuild::sandbox
