// Runs a built image in the foreground, as `tierbuild run` and `tierbuild probe` do.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "image/manifest.hpp"
#include "sandbox/step_spec.hpp"
#include "store/store.hpp"

namespace tierbuild::build {

struct RunImageOptions {
  std::vector<std::string> argv;  // empty: the image's entrypoint and cmd; else replaces cmd
  std::string entrypoint;         // replaces the image's entrypoint if `replace_entrypoint`
  bool replace_entrypoint = false;
  std::map<std::string, std::string> env;                  // added to the image's
  std::string user, workdir;                               // replace the image's unless empty
  bool network = true;                                     // the host's network
  std::vector<std::pair<std::string, std::string>> binds;  // host path → container path
  std::string runtime;                                     // see BuildOptions
};

/// Unpacks the layers if needed and runs the image on a throw-away overlay with the terminal's standard
/// streams. Returns the command's exit status; 128 + signal. Stopping ends it as run_step_foreground
/// does.
Result<int> run_image(store::Store& store, const image::Descriptor& manifest, const RunImageOptions& options,
                      std::stop_token stop = {});

struct ProbedImage {
  std::vector<std::string> check;  // the healthcheck's command
  sandbox::ProbeReport report;
  int exit_code = 0;  // of the image's command, which is ended when the report is known
};

/// Runs the image as run_image does, with all its output on standard error, and its healthcheck inside until
/// its verdict is known. `invalid` if the image has no healthcheck.
Result<ProbedImage> probe_image(store::Store& store, const image::Descriptor& manifest,
                                const RunImageOptions& options, std::stop_token stop = {});

}  // namespace tierbuild::build
