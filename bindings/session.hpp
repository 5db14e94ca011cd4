// Session: one evaluation, from an empty Lua state to a Project.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bindings/evaluate.hpp"
#include "bindings/explain.hpp"
#include "bindings/runtime.hpp"
#include "bindings/schema.hpp"
#include "bindings/validate.hpp"
#include "bindings/view.hpp"

namespace tierbuild::bindings {

/// `rule 'x' {…}`: a function from parameters to a body.
struct Rule {
  std::string name, doc;
  std::string kind = "service";
  std::map<std::string, TypePtr> params;
  Value function;
  OriginPtr origin;
  std::vector<Field> fields = {};  // what it takes: its parameters, then the fields of what it declares
};

/// A rule for documentation and editors.
Schema schema_of(const Rule& rule);

/// A tier or service whose table waits until all files are loaded, so that defaults and settings may stand
/// anywhere.
struct PendingTarget {
  std::string kind, name;
  OriginPtr origin;
  std::vector<TablePtr> bodies;  // lowest first: the rule's, then the author's
  Location caller = {};  // the line of the file that is being loaded, if a function elsewhere declares it
};

/// One call of a lint rule: what it looks at, and what it has reported.
struct LintRun {
  const LintNode* node = nullptr;
  std::vector<LintReport> found;
  std::vector<std::string> names;  // of all targets, for suggestions
};

class PythonWork;

class Session {
 public:
  /// `extra` are the primitives of a program that embeds this one.
  Session(EvaluateOptions options, std::vector<Primitive> extra);
  ~Session();

  /// Fills the environment; run() does it itself.
  bool open();
  /// Runs the root file and everything it includes, then makes the project. False if there were errors.
  bool run();
  Status call_task(const std::string& name, TaskContext& context);
  Result<std::vector<LintReport>> check(const std::string& rule, const LintNode& node);

  // --- what primitives work with
  Runtime& runtime() { return runtime_; }
  View& view() { return view_; }
  project::Project& project() { return project_; }
  const EvaluateOptions& options() const { return options_; }
  Table& settings() { return settings_; }
  PythonWork& python() { return *python_; }
  const std::vector<PendingTarget>& pending() const { return pending_; }
  const std::vector<TablePtr>& defaults() const { return defaults_; }

  void report(Error error);
  void report(std::vector<Error> errors);
  size_t error_count() const { return errors_.size(); }
  /// Takes the errors, places relative to the workspace root, each once, in the order they were found.
  std::vector<Error> take_errors();

  /// The origin of the call that is being executed.
  OriginPtr origin(std::string callee, std::string name = {});
  /// A place of a declaration or step for the project: relative to the root, with its column.
  Location where(const Origin& origin, const KeyPath& path = {});
  /// An error with the column of `place`.
  Error at(Error error, const Place& place);
  Location relative(Location where) const;
  Location settled(const Location& where) const;

  /// A handle for a new name; a second one of that kind (tiers and services share theirs) is an error.
  Result<Value> declare(const std::string& kind, const std::string& name, const OriginPtr& origin);
  Value handle(const std::string& kind, const std::string& name);
  void add_target(PendingTarget target);
  void add_defaults(TablePtr table) { defaults_.push_back(std::move(table)); }
  void add_task_function(const std::string& task, LuaFunction function) {
    task_functions_[task] = std::move(function);
  }
  void add_lint_function(const std::string& rule, LuaFunction function) {
    lint_functions_[rule] = std::move(function);
  }
  void note_arg(const std::string& name) { used_args_.insert(name); }
  void note_rule(std::shared_ptr<const Rule> rule) { rules_.push_back(std::move(rule)); }
  /// What `rule` declared, in that order.
  std::vector<Schema> rules() const;

  /// Runs a curried primitive or a rule with its table.
  Result<Value> declare_with(const Declarer& declarer, Value body, OriginPtr origin);
  /// Calls a primitive: checks the arguments, then runs its body.
  Result<Value> call(const Primitive& primitive, Call& call);
  Result<Value> start_declaration(const Primitive* primitive, std::shared_ptr<const Rule> rule,
                                  const Value& name);

  /// Adds a primitive and makes its name known to Buildfiles.
  void define(Primitive primitive);
  const Primitive* find(const std::string& name) const;
  /// Adds a member of what a function of the author is called with; it is documentation, not a name.
  void document(Schema schema) {
    schema.home = Home::argument;
    documented_.push_back(std::move(schema));
  }
  std::vector<Schema> schemas() const;
  /// A function of a standard library module, such as `apt.install`.
  Result<Value> call_library(const std::string& function, Value argument, const Place& place);

  Status load_user_file(const std::string& absolute);
  bool has_module(const std::string& absolute) const { return modules_.contains(absolute); }
  /// The value that a file of `//` returned; each file is run once.
  Status require_module(const std::string& absolute);

  /// Explanations of the targets, if they were asked for.
  std::vector<Explanation>& explanations() { return explanations_; }
  /// Remembers that what is being finished looked at this field of the workspace.
  void note_setting(const std::string& field) { used_settings_.insert(field); }
  std::set<std::string> take_used_settings() { return std::exchange(used_settings_, {}); }

  bool evaluating() const { return evaluating_; }
  TaskContext* task() const { return task_; }
  LintRun* lint_run() const { return lint_run_; }

 private:
  friend void open_environment(Session& session);
  Status load_library();
  Status load_lock();
  void finish();
  Result<Value> call_rule(const Declarer& declarer, const TablePtr& table, const OriginPtr& origin);

  EvaluateOptions options_;
  View view_;
  Runtime runtime_;
  project::Project project_;
  Table settings_;  // fields of `workspace`
  std::unique_ptr<PythonWork> python_;
  std::vector<std::unique_ptr<Primitive>> primitives_;
  std::map<std::string, const Primitive*> by_name_;
  std::vector<Schema> documented_;
  std::vector<Error> errors_;
  std::vector<PendingTarget> pending_;
  std::vector<TablePtr> defaults_;
  std::vector<Declarer> open_declarations_;
  std::set<size_t> closed_declarations_;
  std::map<std::string, OriginPtr> declared_;
  std::map<std::string, LuaFunction> task_functions_, lint_functions_;
  std::set<std::string> used_args_;
  std::vector<std::shared_ptr<const Rule>> rules_;
  std::vector<Explanation> explanations_;
  std::set<std::string> used_settings_;
  std::vector<std::string> rule_directories_;
  std::map<std::string, int> modules_;  // file → reference of what it returned
  std::set<std::string> loading_;
  std::set<std::string> included_, failed_files_;
  OriginPtr finishing_;  // the declaration whose fields are being turned into steps
  int handles_ = 0;
  bool evaluating_ = true;
  TaskContext* task_ = nullptr;
  LintRun* lint_run_ = nullptr;
};

/// What Lua runs for every primitive: the first upvalue is the Primitive, the second how many arguments to
/// skip.
Result<int> call_primitive(Runtime& runtime, lua_State* lua);

/// Of an absolute file.
inline std::string directory_of(const std::string& file) {
  return file.substr(0, std::max<size_t>(1, file.rfind('/')));
}

/// The session of a Lua state.
Session& session_of(Runtime& runtime);

// --- what each file of the floor adds to a session
void open_environment(Session& session);  // globals, strictness, Lua's own libraries
void open_ordered(Session& session);      // pairs, next
void open_patterns(Session& session);     // string.find and friends, with a bound on their work
void open_objects(Session& session);      // what Lua may do with handles, images, steps, …
void open_loading(Session& session);      // include, require
void define_reads(Session& session);
void define_images(Session& session);
void define_dockerfiles(Session& session);
void define_steps(Session& session);
void define_mounts(Session& session);
void define_sources(Session& session);
void define_python(Session& session);
void define_types(Session& session);
void define_late(Session& session);  // stamps, EACH, ARGV, by_arch, replace
void define_workspace(Session& session);
void define_targets(Session& session);
void define_rules(Session& session);
void define_tasks(Session& session);
void define_lint(Session& session);
void define_exports(Session& session);

/// Fields of a tier or service.
const std::vector<Field>& target_fields();
/// Which line set each field of a target.
Explanation explain(Session& session, const PendingTarget& target, const std::vector<TablePtr>& defaults);
/// The settings below one field of the workspace.
std::vector<Setting> explain_workspace(Session& session, const std::string& field);
/// Turns what was declared into TargetDecls; errors go to the session.
void finish_targets(Session& session, const std::vector<PendingTarget>& pending,
                    const std::vector<TablePtr>& defaults);

}  // namespace tierbuild::bindings
