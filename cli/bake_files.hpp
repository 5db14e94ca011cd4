// `tierbuild build -f compose.yaml` and `-f docker-bake.json`.
#pragma once

#include "bake/bake.hpp"
#include "cli/options.hpp"
#include "cli/outputs.hpp"
#include "cli/program.hpp"
#include "project/outside.hpp"
#include "project/project.hpp"

namespace tierbuild::cli {

/// The compose and bake files that --file names, absolute; of a directory without a Buildfile those that bake
/// would read. Empty: it names none.
std::vector<std::string> bake_files_of(const Options& options);

/// What was asked for besides the files.
struct BakeAsk {
  std::vector<std::string> names;                          // of targets and groups; empty: `default`
  std::vector<std::string> overrides;                      // of --set
  std::map<std::string, std::optional<std::string>> args;  // of all targets
};

/// The files as requests, each behind those that it needs.
struct BakeRequests {
  std::vector<dockerfile::Request> requests;
  std::vector<std::string> names;  // of those that were asked for
  std::string print;               // what bake's --print writes
  std::vector<Error> warnings;
};
Result<BakeRequests> bake_requests(const Program& program, const std::vector<std::string>& files,
                                   const BakeAsk& ask);

struct BakeTargets {
  project::Project project;
  std::vector<std::string> selectors;  // of what was asked for
  std::vector<Output> outputs;
};

/// Reads the files; warnings are printed. What is no part of an image goes into `options`: secrets, agents,
/// caches, platforms, `pull`, `no-cache`. What the command line says is not replaced.
Result<BakeTargets> read_bake_files(Program& program, const std::vector<std::string>& files,
                                    const BakeAsk& ask, Options& options, project::Outside& outside);

}  // namespace tierbuild::cli
