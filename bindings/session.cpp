#include "bindings/session.hpp"

#include <filesystem>
#include <lua.hpp>

#include "base/scope_guard.hpp"
#include "base/strings.hpp"
#include "bindings/python_work.hpp"
#include "bindings/stdlib.hpp"

namespace tierbuild::bindings {

namespace stdfs = std::filesystem;

static View view_of(const EvaluateOptions& options) {
  std::string root = options.file.parent_path().string();
  if (!options.at) return View(root);
  return {root, files_of_commit(*options.at->repository, options.at->tree, root)};
}

Session& session_of(Runtime& runtime) {
  return *runtime.session;
}

Session::Session(EvaluateOptions options, std::vector<Primitive> extra)
    : options_(std::move(options)),
      view_(view_of(options_)),
      runtime_({options_.instructions, options_.memory, options_.interrupted}),
      python_(std::make_unique<PythonWork>(*this)) {
  runtime_.session = this;
  project_.file = options_.file.string();
  project_.workspace.name = options_.file.parent_path().filename().string();
  for (Primitive& primitive : extra) primitives_.push_back(std::make_unique<Primitive>(std::move(primitive)));
}

Session::~Session() = default;

bool Session::open() {
  if (!runtime_.ok()) {
    report(fault(Fault::memory, "there is not enough memory for a Lua state"));
    return false;
  }
  Status status = runtime_.protect([this]() -> Status {
    std::vector<std::unique_ptr<Primitive>> extra = std::exchange(primitives_, {});
    open_environment(*this);
    open_ordered(*this);
    open_patterns(*this);
    open_objects(*this);
    open_loading(*this);
    define_reads(*this);
    define_images(*this);
    define_dockerfiles(*this);
    define_steps(*this);
    define_mounts(*this);
    define_sources(*this);
    define_python(*this);
    define_types(*this);
    define_late(*this);
    define_workspace(*this);
    define_targets(*this);
    define_rules(*this);
    define_tasks(*this);
    define_lint(*this);
    define_exports(*this);
    TB_TRY(load_library());
    for (auto& primitive : extra) define(std::move(*primitive));
    runtime_.refill();
    return {};
  });
  if (!status) report(std::move(status).error());
  return errors_.empty();
}

bool Session::run() {
  if (!open()) return false;
  Status status = load_lock();
  if (status) status = runtime_.protect([this] { return load_user_file(options_.file.string()); });
  if (!status) report(std::move(status).error());
  if (!runtime_.stopped()) {
    status = runtime_.protect([this]() -> Status {
      finish();
      return {};
    });
    if (!status) report(std::move(status).error());
  }
  evaluating_ = false;
  project_.workspace.root = view_.root();
  project_.reads = view_.reads();
  return errors_.empty();
}

Status Session::load_lock() {
  std::string file = (options_.file.parent_path() / project::kLockFile).string();
  TB_LET(bool there, view_.exists(file, LastLink::follow));
  if (!there) return {};
  TB_LET(std::string text, view_.read(file));
  TB_LET(project_.lock, project::parse_lock(text, file));
  return {};
}

Status Session::load_user_file(const std::string& absolute) {
  if (!included_.insert(absolute).second) return {};
  Result<std::string> text = view_.read(absolute);
  if (!text) return std::move(text).error();
  Status status = runtime_.load(absolute, *text, ChunkKind::user);
  if (status) status = runtime_.call(0, 0);
  if (!status) {
    failed_files_.insert(absolute);
    report(status.error());
    if (runtime_.stopped()) return status;
  }
  return {};
}

Status Session::require_module(const std::string& absolute) {
  lua_State* lua = runtime_.lua();
  if (auto known = modules_.find(absolute); known != modules_.end()) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, known->second);
    return {};
  }
  if (!loading_.insert(absolute).second)
    return fault(Fault::not_loaded, "'{}' requires itself", view_.relative(absolute));
  ScopeGuard done([&] { loading_.erase(absolute); });
  TB_LET(std::string text, view_.read(absolute));
  TB_TRY(runtime_.load(absolute, text, ChunkKind::user));
  TB_TRY(runtime_.call(0, 1));
  lua_pushvalue(lua, -1);
  modules_[absolute] = luaL_ref(lua, LUA_REGISTRYINDEX);
  return {};
}

void Session::finish() {
  for (const Declarer& declarer : open_declarations_) {
    // A file that ended early may have ended between a name and its body.
    if (closed_declarations_.contains(declarer.number) || failed_files_.contains(declarer.origin->where.file))
      continue;
    report(at(fault(Fault::bad_call, "{} '{}' has no body", declarer.origin->callee, declarer.name)
                  .hint(fmt::format("write {} '{}' {{ … }}", declarer.origin->callee, declarer.name)),
              Place{declarer.origin, {}}));
  }
  python_->settle();
  finish_targets(*this, pending_, defaults_);
  if (options_.at) return;       // an arg may be younger than the commit
  if (!errors_.empty()) return;  // an arg may be unknown only because its file did not run to its end
  std::vector<std::string> known;
  for (const project::ArgDecl& arg : project_.args) known.push_back(arg.name);
  for (const auto& [name, value] : options_.args) {
    if (used_args_.contains(name)) continue;
    Error error = fault(Fault::unknown_arg, "no arg '{}' is declared, but --arg {}={} is given{}", name, name,
                        value, did_you_mean(name, known));
    if (!known.empty()) error = std::move(error).hint("declared are " + join(known, ", "));
    report(std::move(error));
  }
}

Status Session::call_task(const std::string& name, TaskContext& context) {
  auto function = task_functions_.find(name);
  if (function == task_functions_.end())
    return Error::make(Code::invalid, "task '{}' has no function to call", name);
  task_ = &context;
  ScopeGuard done([this] { task_ = nullptr; });
  runtime_.refill();
  Status status = runtime_.protect([&]() -> Status {
    lua_State* lua = runtime_.lua();
    lua_rawgeti(lua, LUA_REGISTRYINDEX, function->second.reference);
    lua_getfield(lua, LUA_REGISTRYINDEX, "tierbuild.task");
    return runtime_.call(1, 0);
  });
  if (status) return {};
  Error error = std::move(status).error();
  Location where = settled(error.where());
  return std::move(error).at(std::move(where));
}

// --- errors and places

void Session::report(Error error) {
  constexpr size_t kMostErrors = 1000;  // nobody reads more
  if (errors_.size() >= kMostErrors) return;
  if (!error.where().known()) error = runtime_.here(std::move(error));
  for (const Error& known : errors_)
    if (known.id() == error.id() && known.message() == error.message() && known.where() == error.where())
      return;
  errors_.push_back(std::move(error));
}

void Session::report(std::vector<Error> errors) {
  for (Error& error : errors) report(std::move(error));
}

std::vector<Error> Session::take_errors() {
  std::vector<Error> taken;
  for (Error& error : errors_) {
    Location where = settled(error.where());
    taken.push_back(std::move(error).at(std::move(where)));
  }
  errors_.clear();
  return taken;
}

// A place for people: with a column, and relative to the root.
Location Session::settled(const Location& where) const {
  return relative(where.column > 0 ? where : runtime_.sources().locate_token(where, {}));
}

Location Session::relative(Location where) const {
  if (where.file.starts_with('/')) where.file = view_.relative(where.file);
  return where;
}

void Session::add_target(PendingTarget target) {
  Location line = runtime_.loading_line();
  if (line.file != target.origin->where.file) target.caller = std::move(line);
  pending_.push_back(std::move(target));
}

OriginPtr Session::origin(std::string callee, std::string name) {
  Location where = runtime_.user_line();
  if (!where.known() && finishing_) return finishing_;
  std::string directory;
  if (rule_directories_.empty()) {
    std::string file = runtime_.loading_file();
    directory = directory_of(file.empty() ? where.file : file);
  } else {
    directory = rule_directories_.back();
  }
  return std::make_shared<const Origin>(
      Origin{std::move(where), 0, std::move(callee), std::move(name), std::move(directory)});
}

Location Session::where(const Origin& origin, const KeyPath& path) {
  view_.pin();
  return relative(runtime_.sources().locate(origin, path));
}

Error Session::at(Error error, const Place& place) {
  if (!place.origin) return runtime_.here(std::move(error));
  return std::move(error).at(runtime_.sources().locate(*place.origin, place.path));
}

Result<Value> Session::declare(const std::string& kind, const std::string& name, const OriginPtr& origin) {
  std::string space = kind == "service" ? "tier" : kind;  // a name means one target
  auto [first, is_new] = declared_.try_emplace(space + ":" + name, origin);
  if (is_new) return handle(kind, name);
  Error error = fault(Fault::declared_twice, "{} '{}' is declared twice", kind, name)
                    .hint(fmt::format("it is first declared at {}", relative(first->second->where).str()));
  return at(std::move(error), Place{origin, {}});
}

Result<Value> Session::call_library(const std::string& function, Value argument, const Place& place) {
  finishing_ = place.origin;
  ScopeGuard done([this] { finishing_ = nullptr; });
  const Primitive* primitive = find(function);
  if (primitive == nullptr) return Error::make(Code::internal, "the library has no '{}'", function);
  Call inner{*this, primitive->schema, finishing_, {}, {}, {}, argument.table_ptr()};
  Result<Value> result = call(*primitive, inner);
  if (result) return result;
  Error error = std::move(result).error();
  return error.where().known() ? std::move(error) : at(std::move(error), place);
}

Value Session::handle(const std::string& kind, const std::string& name) {
  return Value(Object{Handle{kind, name, ++handles_}});
}

}  // namespace tierbuild::bindings
