// The evaluation of one stage: what each instruction does to its variables, config and operations.
#pragma once

#include <functional>

#include "dockerfile/build.hpp"
#include "dockerfile/scope.hpp"

namespace tierbuild::dockerfile {

/// What stages that build on this one start from.
struct StageState {
  Scope scope;
  image::Config config;
  std::set<std::string> args;        // that have been declared
  bool workdir_set = false;          // by the file, not by the base image
  std::vector<std::string> onbuild;  // of the stage itself
};

/// What a stage needs from the whole file.
struct StageContext {
  const File& file;
  const BuildOptions& options;
  const Scope& globals;
  /// Where `COPY --from` and mounts of the stage find their files.
  std::function<Result<Origin>(const Word& from)> find;
  Checks& checks;
};

/// Starts a stage on a base with the given config.
StageState begin_stage(const image::Config& config);

/// Evaluates one instruction.
Status evaluate(const Instruction& instruction, const StageContext& context, StageState& state,
                BuiltStage& stage, std::map<std::string, Range>& seen_once);

/// The absolute path without `.`, `..` and double slashes; a path that is not absolute stands in `directory`.
std::string clean_path(const std::string& directory, const std::string& path);

}  // namespace tierbuild::dockerfile
