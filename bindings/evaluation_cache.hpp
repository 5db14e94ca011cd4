// EvaluationCache: evaluations that are kept, so that an unchanged workspace starts no Lua.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "bindings/evaluate.hpp"

namespace tierbuild::bindings {

/// One file for each Buildfile, set of arguments and platform. It holds the project and what the evaluation
/// saw: the content of each file that was read, the result of each glob, each answer of `exists`. Errors are
/// never kept. Files that are damaged, foreign or of another program are as if they were missing.
class EvaluationCache {
 public:
  /// `program` is an identity of the program's code; nothing is kept or found if it is empty.
  EvaluationCache(std::filesystem::path directory, std::string program)
      : directory_(std::move(directory)), program_(std::move(program)) {}

  /// The evaluation that is kept for these options, if another one would see and yield the same; else null.
  /// What needs Lua after all, such as the function of a task, evaluates then.
  std::unique_ptr<Evaluation> find(const EvaluateOptions& options) const;
  /// Keeps an evaluation by these options. Fails with what writing a file fails with; an evaluation that
  /// cannot be kept is no failure.
  Status keep(const EvaluateOptions& options, const Evaluation& evaluation) const;

 private:
  std::filesystem::path directory_;
  std::string program_;
};

}  // namespace tierbuild::bindings
