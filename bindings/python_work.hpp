// PythonWork: the Python side of one evaluation, across targets: which files were read, what images install.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "bindings/python_values.hpp"
#include "bindings/session.hpp"

namespace tierbuild::bindings {

/// What an image stands on.
struct BaseChain {
  std::vector<std::string> targets;  // nearest first
  std::string image;                 // name of the external base; empty: there is none, or it has no name
  std::vector<python::Requirement> installed;  // by steps on images of the chain
};

class PythonWork {
 public:
  explicit PythonWork(Session& session);

  /// A requirements file and all it includes; each file is read once. `path` is absolute.
  Result<python::RequirementsList> read(const std::string& path);
  Result<python::RequirementsList> read_constraints(const std::string& path);
  /// `[project]` of a pyproject.toml in `directory`, else its requirements.txt.
  Result<python::RequirementsList> read_project(const std::string& directory,
                                                const std::vector<std::string>& extras, const Place& place);
  /// The wheel of a directory, or a file that is one already.
  Result<std::shared_ptr<const Wheel>> wheel(const std::string& path, std::vector<std::string> extras,
                                             const Place& place);

  /// The entries without what is subtracted. Conflicts are reported to the session.
  std::vector<python::Requirement> remaining(const Requirements& list);
  /// As above; what was taken away is added to `covered`.
  std::vector<python::Requirement> remaining(const Requirements& list,
                                             std::vector<python::Requirement>& covered);
  /// Entries that disagree with what `other`, a list or a base, installs.
  std::vector<python::Conflict> conflicts(const Requirements& list, const Value& other);

  /// What the field `pip`, or a list like it, installs: one group a step.
  Result<std::vector<PipGroup>> groups(const Table& pip);

  /// Groups that are worked out already, for the call of python.install that follows.
  void keep(std::vector<PipGroup> groups) { ready_ = std::move(groups); }
  std::optional<std::vector<PipGroup>> take_kept() { return std::exchange(ready_, std::nullopt); }

  /// What the steps on an image install, above the tier or the external image that it stands on.
  static std::vector<python::Requirement> installed_by_steps_of(const Value& base);
  /// Where the image of a `from` comes from.
  BaseChain chain_of(const Value& base);
  BaseChain chain_of(const project::ImagePtr& image);
  /// The Python version of a target: its own, that of what it stands on, or the workspace's; else empty.
  std::string version_of(const std::string& own, const BaseChain& base);
  /// The name of the interpreter: `python` in official images and where nothing is known, else `python3.11`.
  std::string exe_of(const std::string& own, const BaseChain& base);

  /// From now on all targets are known, and answers about them are kept.
  void settle();

 private:
  struct Target {
    const PendingTarget* declared = nullptr;
    Table fields;  // merged with the defaults
  };

  /// What a pyproject.toml declares.
  struct Project {
    std::string name;
    std::optional<std::vector<python::Requirement>> needs;  // nothing: not told, or only by its build
    std::optional<std::map<std::string, std::vector<python::Requirement>>> extras;
  };

  const Target* find(const std::string& name);
  Result<const Project*> project_in(const std::string& directory);  // null: there is no pyproject.toml
  Result<std::vector<python::Requirement>> needs_of(const Project& project,
                                                    const std::vector<std::string>& extras,
                                                    const Place& place);
  const std::vector<python::Requirement>& installed_by(const std::string& target);
  std::vector<python::Requirement> installed_in(const BaseChain& chain);
  python::Subtraction subtract(const Requirements& list, std::vector<python::Requirement> entries,
                               const Value& taken);
  friend class PipGrouping;

  Session& session_;
  python::RequirementsReader reader_;
  std::map<std::string, std::optional<Project>> projects_;  // by directory
  std::map<std::string, Target> targets_;
  std::map<std::string, std::vector<python::Requirement>> installed_;  // by each target itself
  std::map<std::string, std::vector<python::Requirement>> below_;      // with all that it stands on
  std::optional<std::vector<PipGroup>> ready_;
  std::set<std::string> open_;  // targets whose packages are being worked out
  bool settled_ = false;
};

/// Whether the text is a version as fields `python` name it: `3.12`, `3.12.4`.
bool is_python_version(std::string_view text);
/// An entry as Lua sees it: name, spec, extras, marker, pinned, at, via.
Value entry_value(const python::Requirement& entry);
/// The first entry of that name, or nil.
Value entry_named(Session& session, const Requirements& list, const std::string& name);

/// Stands for the interpreter's name in the words of commands until the image that they run in is known.
extern const std::string kPythonExe;
/// The text, words or step with the interpreter's name filled in.
std::string with_exe(const std::string& text, const std::string& exe);
bool has_exe(const project::Step& step);
project::StepPtr with_exe(const project::StepPtr& step, const std::string& exe);
void fill_exe(graph::ConfigPatch& config, const std::string& exe);

}  // namespace tierbuild::bindings
