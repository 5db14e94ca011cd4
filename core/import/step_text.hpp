// Operations of Dockerfiles as steps of a Buildfile.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "import/plan.hpp"
#include "import/request_text.hpp"

namespace tierbuild::imports {

using Env = std::map<std::string, std::string>;

class StepText {
 public:
  /// `variable` gives the name of a target in Lua.
  StepText(const Plan& plan, std::function<std::string(size_t target)> variable)
      : plan_(plan), variable_(std::move(variable)) {}

  struct Around {
    Env env;   // that all steps of the target get
    Env base;  // that the base brings
    std::string workdir;
    std::function<std::string(const Env& env)> table;  // writes one
  };
  /// `sh {…}`, `place {…}`: an item of `steps`.
  std::string step(const Node& node, const Around& around) const;
  /// What a stage stands on, as `from` has it; nothing for a directory.
  std::string image(const dockerfile::Origin& origin, const Placed& placed) const;

 private:
  std::string write(const dockerfile::RunOperation& run, const Node& node, const Around& around) const;
  std::string write(const dockerfile::CopyOperation& copy, const Node& node, const Around& around) const;
  std::string write(const dockerfile::DirectoryOperation& directory, const Node& node,
                    const Around& around) const;
  std::string mount(const dockerfile::ResolvedMount& resolved, const Node& node, int& agents) const;
  std::string directory(const dockerfile::Origin& origin, const Placed& placed) const;

  const Plan& plan_;
  std::function<std::string(size_t target)> variable_;
};

/// The variables that a command sees, and that neither its base brings nor all steps have.
Env env_of_step(const dockerfile::RunOperation& run, const Env& base, const Env& all_steps);

}  // namespace tierbuild::imports
