// Pipeline: what the workflows of all CI systems have in common.
#pragma once

#include <string>
#include <vector>

#include "export/export.hpp"

namespace tierbuild::exports {

/// The targets of one kind. The services wait for the tiers, so that what they share is built once.
struct Job {
  graph::TargetKind kind = graph::TargetKind::service;
  std::string name;                    // "tiers", "services"
  std::vector<std::string> selectors;  // words for the command line
  std::vector<std::string> targets;    // names, for a list of choices
  std::optional<project::DispatchInput> input;
  bool skipped_by_input = false;  // an input narrows the other job: then this one has nothing to do
};

/// A registry that images are pushed to, and the variable of its credentials.
struct RegistryLogin {
  std::string host;
  std::string variable;
  bool read_by_tierbuild = false;  // `auth = 'env:…'`: it only has to be in the environment
};

struct Pipeline {
  project::Triggers on;
  std::vector<Job> jobs;  // tiers before services
  std::vector<RegistryLogin> logins;
  std::string directory;  // of the Buildfile in the repository; empty: its root

  bool has_both() const { return jobs.size() == 2; }
  bool needs_login() const;
};

/// The image the jobs run in: the program and its wrapper are made for Debian, and work as root.
inline constexpr const char* kJobImage = "debian:12";
/// What of the store goes into the cache of the CI system after a job.
inline constexpr const char* kKeptStore = "4GB";
/// What an input of choices offers besides the targets.
inline constexpr const char* kAllChoice = "all";

/// `repository`: the directory at which the CI system checks out. Fails as generate().
Result<Pipeline> plan_pipeline(const Request& request, const std::string& repository);

/// Shell lines that write the logins of those registries that tierbuild finds in docker's file.
std::string login_script(const Pipeline& pipeline);
/// `./tierbuild build --pull …` for one job; the variables SINCE and PULL are filled in by the CI system.
std::string build_script(const Request& request, const Job& job);
std::string push_script(const Request& request, const Job& job);
/// Sets SINCE to the commit in BEFORE, if this clone has it.
std::string since_script();

}  // namespace tierbuild::exports
