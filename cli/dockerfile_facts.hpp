// What a Dockerfile says that a Buildfile states as fields; for the first Buildfile of `tierbuild init`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierbuild::cli {

struct DockerCopy {
  std::vector<std::string> sources;  // relative to the context
  std::string to;                    // absolute
  std::string owner;
};

struct DockerHealthcheck {
  std::vector<std::string> command;                         // exec form, or
  std::string shell;                                        // a line of the shell; both empty: NONE
  std::vector<std::pair<std::string, std::string>> timing;  // "interval" → "30s", in the language's names
};

/// Of the last stage, with what the stages that it stands on say.
struct DockerFacts {
  std::string base;  // image, defaults of ARG filled in; empty if it is not known
  std::vector<std::string> ports, entrypoint, cmd, volumes;
  std::vector<std::pair<std::string, std::string>> env;
  std::string user, workdir;
  std::vector<std::pair<std::string, std::string>> added_users;  // name and uid ("" if none is given)
  std::optional<DockerHealthcheck> healthcheck;
  std::vector<std::string> apt, pip;      // packages that RUN lines install
  std::vector<std::string> requirements;  // files of `pip install -r`, as they are called in the context
  std::vector<DockerCopy> copies;
  std::vector<std::pair<int, std::string>> left_out;  // line and text of what is none of these
};

DockerFacts read_dockerfile(std::string_view text);

}  // namespace tierbuild::cli
