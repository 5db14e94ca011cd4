// `export.github 'path' {…}` and its kin: files that are generated from the project.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "project/places.hpp"

namespace tierbuild::project {

enum class ExportFormat : uint8_t { github, gitlab, compose, dockerfile, bake };

/// An input that people fill in when they start a pipeline by hand; it narrows the job of its kind.
struct DispatchInput {
  std::string name;     // "service", "tier"
  bool choice = false;  // from a list of the selected targets, else any text
};

/// What starts a pipeline.
struct Triggers {
  bool push = false, pull_request = false, dispatch = false;
  std::vector<std::string> push_branches, pull_request_branches;  // empty: every branch
  std::vector<std::string> schedule;                              // cron lines, UTC
  std::vector<DispatchInput> inputs;
};

struct ExportDecl {
  ExportFormat format = ExportFormat::compose;
  std::string path;                        // absolute
  std::vector<std::string> build;          // selectors; empty: what `tierbuild build` takes
  bool changed = false;                    // only what differs from the commit before
  bool push = false;                       // to the registries; never for pull requests
  std::vector<std::string> push_branches;  // empty: from every branch
  std::optional<Triggers> on;
  std::string runner;  // label of the machine that runs the jobs; empty: the format's usual one
  Places places;       // of `build`
  Location where;
};

}  // namespace tierbuild::project
