// `tierbuild build -f Dockerfile`: docker's flags, and the request that they make.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "cli/program.hpp"
#include "dockerfile/request.hpp"

namespace tierbuild::cli {

/// Whether --file names a Dockerfile: `-`, or a file that is neither Lua, YAML, JSON nor HCL.
bool names_dockerfile(const std::string& file);

/// Whether a word is a context from elsewhere, which no target is called: a repository, an archive, or `-`.
bool names_remote_context(const std::string& word);

struct DockerfileFlags {
  std::map<std::string, std::optional<std::string>> args;
  std::map<std::string, std::string> contexts, labels;
  std::string target, network = "default";
  std::string iid_file;
  std::map<std::string, std::string> hosts;
  uint64_t shm_size = 0;
  std::map<std::string, dockerfile::Request::Ulimit> ulimits;
  bool check = false;

  void declare(FlagSet& flags);
  /// A flag that was given and means something for Dockerfiles only; empty: none.
  std::string given() const;
  /// `words` are those of the command line: the context. A Dockerfile on standard input is read.
  Result<dockerfile::Request> request(const Options& options, const std::vector<std::string>& words) const;
};

}  // namespace tierbuild::cli
