// Project: all that a workspace declares, after its files were evaluated.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "image/platform.hpp"
#include "project/export_decl.hpp"
#include "project/lock.hpp"
#include "project/values.hpp"
#include "python/requirement.hpp"

namespace tierbuild::project {

/// A package of a distribution in the field `apt` or `apk`.
struct PackageDecl {
  std::string name;  // as written, maybe with a version
  Location where;
};

/// A tier or service as declared. The layers stand in the fixed order of the language: user, packages,
/// layers, pip, steps, copy; config comes last and makes none.
struct TargetDecl {
  graph::TargetKind kind = graph::TargetKind::service;
  std::string name;
  std::string doc, version;
  ImagePtr from;      // required
  std::string image;  // name pattern of the image: "acme/{name}"; empty: the name
  std::vector<StepPtr> user, packages, layers, pip, steps, copy;
  std::vector<PackageDecl> system_packages;  // that the steps of `packages` install
  graph::ConfigPatch config;
  std::map<std::string, std::string> build_env;  // environment of this target's own steps
  std::vector<std::string> tags;  // may hold stamps; empty: those of the registry, else `latest`
  std::vector<image::Platform> platforms;
  std::vector<std::string> check;
  std::string python;                             // the version that its interpreter must have: "3.12"
  std::vector<python::Requirement> requirements;  // all that `pip` installs, after subtraction
  std::vector<python::Requirement> covered;       // what subtraction took away
  std::vector<python::Requirement> constraints;   // what bounds the versions of `requirements`
  std::string deprecated;
  uint64_t budget = 0;
  Location budget_at;  // of the field
  bool push = true;
  Location where;

  std::string id() const { return std::string(graph::name_of(kind)) + ":" + name; }
};

struct GroupDecl {
  std::string name;
  std::vector<std::string> members;  // selectors
  Places places;                     // of the members
  Location where;
};

/// `registry 'ghcr.io/acme' {…}`.
struct RegistryDecl {
  std::string name;               // "ghcr.io/acme": prefix of image names
  std::vector<std::string> tags;  // may hold stamps
  std::string cache, auth;
  std::map<std::string, std::vector<std::string>> mirror;  // "docker.io" → "harbor.example/proxy", …
  std::string compression;                                 // "", "gzip", "zstd", "none"
  std::string format;                                      // "", "oci", "docker"
  bool insecure = false;
  uint64_t connections = 0, bandwidth = 0,
           chunk = 0;    // at once; bytes a second; bytes of a piece; 0 = not given
  uint64_t timeout = 0;  // milliseconds without a byte; 0 = not given
  Location where;
};

struct ArgDecl {
  std::string name, doc, type, value;
  std::vector<std::string> choices;
  Location where;
};

struct TaskArg {
  std::string name, type, doc;
  std::optional<std::string> fallback;  // absent: the argument is required
  std::vector<std::string> choices;
};

/// One word of a task's command: text, or a value that is known when it runs.
struct TaskWord {
  enum class Kind : uint8_t { text, each, each_oci, argv, arg };
  Kind kind = Kind::text;
  std::string text;  // text; for `arg` the argument's name
};

struct TaskDecl {
  std::string name, doc;
  std::vector<TaskArg> args;
  std::vector<std::string> needs;  // tasks that run before, each once
  std::vector<std::string> build;  // selectors built before
  std::vector<std::string> each;   // selectors: the commands run once for each target
  bool load = false, push = false;
  std::string image;    // selector of the target in whose image the commands run; "" = host
  std::string confirm;  // question asked before
  std::vector<std::vector<TaskWord>> run;  // commands, in order
  std::map<std::string, std::string> env;
  std::string dir;            // absolute working directory
  bool has_function = false;  // `run = function(ctx)`: see Evaluation::call_task
  Places places;              // of needs, build, each and image
  Location where;
};

/// `lint { rule = 'warn' }`, or `{ 'warn', want = … }`.
struct LintSetting {
  std::string level;  // "off", "warn", "error"
  std::string want;   // what the rule compares with; empty: what the workspace says elsewhere
  Location where;
};

/// `lint.rule 'name' {…}`; its function is called through Evaluation::check.
struct LintRuleDecl {
  std::string name, doc;
  std::string on;  // "tier", "service", "target", "task"
  std::string level;
  Location where;
};

struct WorkspaceDecl {
  std::string name;
  std::string root;  // absolute: paths `//x` are relative to it
  Location where;
};

struct Project {
  WorkspaceDecl workspace;
  std::string file;                        // absolute path of the root Buildfile
  std::vector<image::Platform> platforms;  // as declared; empty: the host's
  std::vector<RegistryDecl> registries;
  std::vector<TargetDecl> targets;  // in declaration order
  std::vector<GroupDecl> groups;
  std::vector<TaskDecl> tasks;
  std::vector<ArgDecl> args;
  std::vector<ExportDecl> exports;
  std::map<std::string, LintSetting> lints;  // by rule
  std::vector<LintRuleDecl> lint_rules;
  std::vector<std::string> reads;                  // every file and glob that evaluation looked at
  Lock lock;                                       // of the lock file; empty if there is none
  std::map<std::string, Location> locked_fetches;  // URLs whose SHA-256 the lock gives, and where

  const TargetDecl* find_target(std::string_view name) const;  // "name" or "kind:name"
  /// Of the target, else of all; none if nobody names any.
  const std::vector<image::Platform>& platforms_of(const TargetDecl& target) const {
    return target.platforms.empty() ? platforms : target.platforms;
  }
  const TaskDecl* find_task(std::string_view name) const;
  const GroupDecl* find_group(std::string_view name) const;
};

/// Checks what only the whole shows: names declared twice, groups, tasks and exports that name what
/// does not exist, cycles between tasks and between groups. All findings at once.
std::vector<Error> check_project(const Project& project);

}  // namespace tierbuild::project
