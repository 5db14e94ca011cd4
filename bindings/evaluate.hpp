// Evaluation: a Buildfile and all it includes, run once in a strict Lua state.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "bindings/explain.hpp"
#include "bindings/looks.hpp"
#include "git/repository.hpp"
#include "image/platform.hpp"
#include "project/project.hpp"

namespace tierbuild::bindings {

struct Schema;

/// Whether a fetch without sha256 must be in the lock file. It need not where nothing is built, least of all
/// where the lock file is made.
enum class Locking : uint8_t { must, may };

/// What is remembered besides the project.
enum class Trace : uint8_t { none, fields };

/// A commit whose files are looked at, without a checkout. The repository must outlive the evaluation.
struct Commit {
  const git::Repository* repository = nullptr;
  git::ObjectId tree;
};

struct EvaluateOptions {
  std::filesystem::path file;                          // the root Buildfile.lua
  std::map<std::string, std::string> args;             // `--arg name=value`
  image::Platform platform = image::Platform::host();  // what `by_arch` answers for
  uint64_t instructions = 200'000'000;                 // budget of the whole evaluation
  uint64_t memory = 512ull << 20;                      // bytes of the Lua heap
  Trace trace = Trace::none;                           // whether each field is explained
  std::function<bool()> interrupted;                   // polled; true ends the evaluation with `cancelled`
  Locking locking = Locking::must;
  std::optional<Commit> at;  // else the files are those on disk
};

/// What a task's function may do, given by the program that runs it.
class TaskContext {
 public:
  virtual ~TaskContext() = default;
  /// Runs argv on the host, or in the task's image, and returns its exit status.
  virtual Result<int> run(const std::vector<std::string>& argv) = 0;
  virtual std::string arg(const std::string& name) const = 0;
  virtual void say(const std::string& line) = 0;
};

/// What a rule of `lint.rule` looks at: a target, or a task.
struct LintNode {
  const project::TargetDecl* target = nullptr;
  const project::TaskDecl* task = nullptr;
  graph::ConfigPatch config;                      // merged from all that the target stands on
  std::vector<const project::TargetDecl*> below;  // what it stands on, nearest first
  std::string from;                               // "tier:base", or the name of an external image
  bool is_built = false;                          // then:
  std::map<std::string, std::string> installed;   // versions of Python packages in its image
};

/// What a rule reported.
struct LintReport {
  Location where;
  std::string message;
};

/// A Lua state with the project that it declared. Owns the state for as long as task functions may be called.
class Evaluation {
 public:
  virtual ~Evaluation() = default;
  virtual const project::Project& project() const = 0;
  /// Calls `run = function(ctx)` of a task; its errors carry the Buildfile's place.
  virtual Status call_task(const std::string& task, TaskContext& context) = 0;
  /// What the rules of the workspace take, in the order in which they were declared.
  virtual std::vector<Schema> rules() const = 0;
  /// Which line set each field of each target; empty without Trace::fields.
  virtual const std::vector<Explanation>& explanations() const = 0;
  /// Calls the function of a `lint.rule` for one node; its errors carry the Buildfile's place.
  virtual Result<std::vector<LintReport>> check(const std::string& rule, const LintNode& node) = 0;
  /// What it saw of the workspace.
  virtual Looks looks() const = 0;
};

/// Evaluates. All errors that can be found together are returned together, each with file, line and column,
/// and an error number; `source_line` and the caret are for the printer, who has the file. The list is never
/// empty.
struct EvaluateFailure {
  std::vector<Error> errors;
  std::string root;  // absolute: the files in the errors' places are relative to it
};
std::variant<std::unique_ptr<Evaluation>, EvaluateFailure> evaluate(const EvaluateOptions& options);

/// The same with the file named in full: two names of one file are one workspace. The name stays as it is if
/// there is no such directory.
EvaluateOptions with_full_name(EvaluateOptions options);

/// A project that was made otherwise: nothing of it is a function, and nothing is explained.
std::unique_ptr<Evaluation> evaluation_of(project::Project project);

/// The Buildfile to use: `file` if given, else `Buildfile.lua` in `directory` or the nearest parent that has
/// one.
Result<std::filesystem::path> find_buildfile(const std::filesystem::path& directory, const std::string& file);

}  // namespace tierbuild::bindings
