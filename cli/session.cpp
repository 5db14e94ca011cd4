#include "cli/session.hpp"

#include "base/heap.hpp"
#include "cli/bake_files.hpp"
#include "cli/dockerfile_flags.hpp"
#include "cli/exit_status.hpp"
#include "cli/locking.hpp"
#include "cli/program_id.hpp"
#include "cli/since.hpp"
#include "cli/verb.hpp"
#include "project/lower.hpp"
#include "project/requests.hpp"
#include "project/selector.hpp"
#include "store/layout.hpp"

namespace tierbuild::cli {
namespace {

constexpr size_t kEvaluation = 40 << 20;  // bytes: some hundred services

// What takes nothing but memory is left to the end of the process, which gives it back at once; to take a
// large workspace apart costs milliseconds.
template <class T>
void leave_behind(T value) {
  static auto& left = *new std::vector<std::shared_ptr<const void>>;
  left.push_back(std::make_shared<T>(std::move(value)));
}

// Whatever is wrong with the Buildfile is status 2, unless the user stopped it.
int as_buildfile_status(int status) {
  return status == kInterrupted ? kInterrupted : kInvalid;
}

// An error that a registry or the disk gave: no one's Buildfile is wrong.
bool is_of_world(const Error& error) {
  return error.id().empty() && error.code() != Code::invalid;
}

}  // namespace

Session::Session(Program& program, const Options& options) : program_(program), options_(options) {
  if (options.progress == "json" && !options.quiet) program.report_as_json();
}

Session::~Session() {
  leave_behind(std::move(evaluation_));
  leave_behind(std::move(graph_));
}

Result<image::Platform> Session::wanted_platform() const {
  TB_LET(std::vector<image::Platform> named, options_.platforms());
  if (options_.names_several_platforms() && platforms_ == Platforms::one)
    return Error::make(Code::invalid, "--platform takes one platform here, not '{}'", options_.platform)
        .hint("`build`, `plan` and `push` take several");
  image::Platform host = image::Platform::host();
  return named.empty() || std::find(named.begin(), named.end(), host) != named.end() ? host : named.front();
}

bindings::EvaluateOptions Session::evaluate_options(std::filesystem::path file) {
  bindings::EvaluateOptions options;
  options.file = std::move(file);
  options.args = options_.args;
  options.platform = platform_;
  options.locking = locking_;
  options.trace = trace_;
  options.interrupted = [&interrupt = program_.interrupt()] { return interrupt.requested(); };
  return options;
}

// A Dockerfile that is named where a Buildfile may be: its context is the current directory.
int Session::fail_request(const Error& error) const {
  int status = program_.fail(error);
  bool is_wrong = error.code() == Code::invalid || error.code() == Code::not_found;
  return is_wrong ? as_buildfile_status(status) : status;
}

void Session::take(project::Project project) {
  // They may lie elsewhere, or on standard input.
  for (const project::TargetDecl& target : project.targets)
    if (const auto* file = std::get_if<project::DockerfileBase>(&target.from->base))
      program_.know_source(file->file->name, file->file->text);
  given_ = std::move(project);
}

int Session::read_dockerfile() {
  auto request = DockerfileFlags().request(options_, {});
  if (!request) return program_.fail(request.error());
  auto project =
      project::project_of({*request}, {program_.current_directory(), program_.environment(), outside()});
  if (!project) return fail_request(project.error());
  take(std::move(*project));
  return kDone;
}

// Compose and bake files that are named where a Buildfile may be. What they say besides targets is for
// `build`.
int Session::read_bake_files(const std::vector<std::string>& files) {
  besides_ = options_;
  auto read = cli::read_bake_files(program_, files, {}, *besides_, outside());
  if (!read) return fail_request(read.error());
  take(std::move(read->project));
  return kDone;
}

int Session::evaluate_for(const image::Platform& platform) {
  if (!given_) {
    std::vector<std::string> bake_files = bake_files_of(options_);
    int status = !bake_files.empty()               ? read_bake_files(bake_files)
                 : names_dockerfile(options_.file) ? read_dockerfile()
                                                   : kDone;
    if (status != kDone) return status;
  }
  if (given_) {
    platform_ = platform;
    evaluation_ = bindings::evaluation_of(*given_);
    program_.locate_sources(project().workspace.root);
    return kDone;
  }
  auto file = bindings::find_buildfile(program_.current_directory(), options_.file);
  if (!file) return as_buildfile_status(program_.fail(file.error()));
  platform_ = platform;
  bindings::EvaluateOptions options = evaluate_options(*file);
  to_keep_.reset();
  if (evaluation_ = kept_evaluations().find(options); evaluation_) {
    program_.locate_sources(project().workspace.root);
    return kDone;
  }
  expect_memory(kEvaluation);
  auto evaluated = bindings::evaluate(options);
  if (auto* failure = std::get_if<bindings::EvaluateFailure>(&evaluated)) {
    program_.locate_sources(failure->root);
    return as_buildfile_status(program_.fail(failure->errors));
  }
  evaluation_ = std::move(std::get<0>(evaluated));
  program_.locate_sources(project().workspace.root);
  if (trace_ == bindings::Trace::none) to_keep_ = std::move(options);
  keep_evaluation();
  return kDone;
}

std::filesystem::path Session::store_path() const {
  return options_.store.empty() ? store::Store::default_path(program_.environment())
                                : std::filesystem::absolute(options_.store);
}

bindings::EvaluationCache Session::kept_evaluations() const {
  return {store_path() / store::kEvaluations, program_id()};
}

// Only where there is a store: to evaluate makes none.
void Session::keep_evaluation() {
  std::error_code failure;
  if (!to_keep_ || !std::filesystem::exists(store_path() / store::kLayoutFile, failure)) return;
  (void)kept_evaluations().keep(*to_keep_, *evaluation_);  // if it fails, the next run evaluates again
  to_keep_.reset();
}

int Session::evaluate() {
  auto wanted = wanted_platform();
  if (!wanted) return program_.fail(wanted.error());
  named_ = *options_.platforms();
  if (int status = evaluate_for(*wanted); status != kDone) return status;
  // A workspace that is not for this machine is built for the first platform that it names.
  const std::vector<image::Platform>& declared = project().platforms;
  bool is_declared = std::find(declared.begin(), declared.end(), *wanted) != declared.end();
  if (named_.empty() && !declared.empty() && !is_declared) {
    image::Platform first = declared.front();
    if (int status = evaluate_for(first); status != kDone) return status;
  }
  if (std::vector<Error> errors = project::check_project(project()); !errors.empty())
    return as_buildfile_status(program_.fail(errors));
  notice_shadowed_tasks();
  return kDone;
}

int Session::evaluate_if_any() {
  auto wanted = wanted_platform();
  if (!wanted) return program_.fail(wanted.error());
  platform_ = *wanted;
  if (options_.file.empty() && !bindings::find_buildfile(program_.current_directory(), "")) return kDone;
  return evaluate();
}

int Session::load(Platforms platforms) {
  platforms_ = platforms;
  if (int status = evaluate(); status != kDone) return status;
  if (options_.locked)
    if (int status = check_lock(program_, options_); status != kDone) return status;
  return lower(platforms);
}

int Session::lower(Platforms platforms) {
  platforms_ = platforms;
  if (graph_ && (platforms == Platforms::one || lowered_ == platforms)) return kDone;
  lowered_ = platforms;
  project::Lowered lowered = project::lower(project(), platform_, outside());
  if (platforms == Platforms::all)
    if (int status = lower_others(lowered); status != kDone) return status;
  if (!lowered.errors.empty()) {
    int status = program_.fail(lowered.errors);
    bool of_world = std::all_of(lowered.errors.begin(), lowered.errors.end(), is_of_world);
    return of_world ? status : as_buildfile_status(status);
  }
  findings_ = std::move(lowered.warnings);
  graph_.emplace(std::move(lowered.graph));
  lock_uses_ = std::move(lowered.uses);
  return kDone;
}

int Session::lower_others(project::Lowered& lowered) {
  const image::Platform own = platform_;
  int status = kDone;
  for (const image::Platform& platform : platforms_of_all()) {
    if (platform == own) continue;
    std::unique_ptr<bindings::Evaluation> first = std::move(evaluation_);
    std::optional<bindings::EvaluateOptions> to_keep = std::move(to_keep_);
    status = evaluate_for(platform);
    if (status == kDone) project::lower_more(project(), platform, outside(), lowered);
    evaluation_ = std::move(first);
    to_keep_ = std::move(to_keep);
    if (status != kDone) break;
  }
  platform_ = own;
  return status;
}

std::vector<image::Platform> Session::platforms_of(const project::TargetDecl& target) const {
  if (!named_.empty()) return named_;
  const std::vector<image::Platform>& declared = project().platforms_of(target);
  return declared.empty() ? std::vector{platform_} : declared;
}

std::vector<image::Platform> Session::platforms_of_all() const {
  if (platforms_ == Platforms::one) return {platform_};
  std::vector<image::Platform> all;
  for (const project::TargetDecl& target : project().targets)
    for (const image::Platform& platform : platforms_of(target))
      if (std::find(all.begin(), all.end(), platform) == all.end()) all.push_back(platform);
  if (all.empty()) all.push_back(platform_);
  return all;
}

Result<std::vector<graph::TargetId>> Session::for_each_platform(
    const std::vector<graph::TargetId>& targets) const {
  std::vector<graph::TargetId> out;
  for (graph::TargetId id : targets) {
    const graph::Target& target = graph()[id];
    const std::vector<graph::Target>& all = graph().targets();
    for (const image::Platform& platform : platforms_of(project().targets[id.index()])) {
      auto found = std::find_if(all.begin(), all.end(), [&](const graph::Target& other) {
        return other.platform == platform && other.name == target.name && other.kind == target.kind;
      });
      if (found == all.end())
        return Error::make(Code::invalid, "'{}' is not declared when the Buildfile is evaluated for {}",
                           target.id(), platform.str())
            .at(target.where)
            .hint("name its platforms: platforms = { … }");
      out.emplace_back(static_cast<size_t>(found - all.begin()));
    }
  }
  return out;
}

Result<std::unique_ptr<bindings::Evaluation>> Session::evaluate_at(
    const std::optional<bindings::Commit>& commit, const image::Platform& platform) {
  bindings::EvaluateOptions options = evaluate_options(project().file);
  options.platform = platform;
  options.at = commit;
  if (auto kept = kept_evaluations().find(options)) return kept;
  auto evaluated = bindings::evaluate(options);
  if (auto* failure = std::get_if<bindings::EvaluateFailure>(&evaluated)) return failure->errors.front();
  auto evaluation = std::move(std::get<0>(evaluated));
  std::error_code failure;
  if (std::filesystem::exists(store_path() / store::kLayoutFile, failure))
    (void)kept_evaluations().keep(options, *evaluation);
  return evaluation;
}

Result<const Since*> Session::since() {
  if (!since_) {
    TB_LET(Since found, compare_since(*this, options_.since));
    since_ = std::make_unique<Since>(std::move(found));
    if (!since_->note.empty()) program_.warn(since_->note);
  }
  return since_.get();
}

Result<std::vector<graph::TargetId>> Session::select(const std::vector<std::string>& selectors) {
  TB_LET(std::vector<graph::TargetId> targets, project::select(project(), graph(), selectors));
  if (!options_.since.empty()) {
    TB_LET(const Since* found, since());
    std::erase_if(targets, [&, this](graph::TargetId id) {
      return std::none_of(
          found->changes.begin(), found->changes.end(),
          [&](const changes::TargetChange& change) { return change.target == graph()[id].id(); });
    });
  }
  if (platforms_ == Platforms::one) return targets;
  return for_each_platform(targets);
}

void Session::notice_shadowed_tasks() const {
  for (const project::TaskDecl& task : project().tasks)
    if (find_verb(task.name) != nullptr)
      program_.warn(Error::make(Code::invalid, "task '{}' has the name of a verb, which wins", task.name)
                        .at(task.where)
                        .hint("give the task another name to run it"));
}

}  // namespace tierbuild::cli
