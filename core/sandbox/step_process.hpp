// Runs a step through the `tierbuild-step` helper and waits for it; for probes and tests. A build spawns the
// helper itself, so that it can stream the output.
#pragma once

#include <stop_token>
#include <string>

#include "base/result.hpp"
#include "sandbox/step_spec.hpp"

namespace tierbuild::sandbox {

struct FinishedStep {
  StepReport report;
  std::string output;  // standard output and error
};

/// Blocks until the step ends. The helper is killed if the calling thread ends before. Fails if the helper
/// cannot be started or ends without a report.
Result<FinishedStep> run_step(const std::string& helper, const StepSpec& spec);

/// As run_step, with the caller's own standard streams, or both outputs on its standard error. Stopping sends
/// SIGTERM to the step's command, kills all its processes after a second, and gives `cancelled`.
enum class ForegroundOutput : uint8_t { as_is, to_error };
Result<StepReport> run_step_foreground(const std::string& helper, const StepSpec& spec, std::stop_token stop,
                                       ForegroundOutput output = ForegroundOutput::as_is);

}  // namespace tierbuild::sandbox
