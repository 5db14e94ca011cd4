// The way from a selection to finished images and to where they go; `build`, `push`, `run` and tasks share
// it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "build/builder.hpp"
#include "build/publish.hpp"
#include "cli/attach.hpp"
#include "cli/outputs.hpp"
#include "cli/session.hpp"

namespace tierbuild::cli {

struct BuildRequest {
  std::vector<std::string> selectors;
  std::vector<std::string> tags;  // more names for the one selected target
  bool push = false, load = false;
  bool merge = false;  // what is pushed joins what its tags have for other platforms
  AttachRequest attach;
  std::string release;  // the name of the release that a push makes; empty: none
  std::vector<Output> outputs;

  bool is_pushed() const;
  /// What is pushed is for all platforms that are declared, what stays here, or is merged, for this one;
  /// --platform decides else.
  Platforms platforms(const Options& options) const;
};

struct BuildOutcome {
  int status = 0;
  build::BuildReport report;
  std::vector<build::Published> published;
  std::set<graph::TargetId> held;  // of the report: was in the registry, and is maybe not in the store
};

/// Builds, then pushes, loads and writes what was asked for. Progress and errors are shown; the session must
/// be loaded.
BuildOutcome build_and_publish(Session& session, const BuildRequest& request);

/// The finished targets as a table: name, digest, layers, size, what ran and what was reused.
std::string result_table(const build::BuildReport& report, const Terminal& terminal);

/// The digest of each finished target, which is that of its index if it was built for several platforms.
std::vector<std::string> result_digests(const build::BuildReport& report);

/// Images that were reused get the digests of their configs, which a build does not look up.
Status fill_configs(store::Store& store, build::BuildReport& report);

/// What `--metadata-file` holds: buildx's keys for each target, or, of one image, the keys alone.
enum class MetadataOf : uint8_t { targets, image };
std::string metadata_json(const build::BuildReport& report, MetadataOf of = MetadataOf::targets);

}  // namespace tierbuild::cli
