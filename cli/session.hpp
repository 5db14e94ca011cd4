// Session: what most verbs need, each part opened when it is first asked for.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bindings/evaluation_cache.hpp"
#include "build/builder.hpp"
#include "build/remote_cache.hpp"
#include "cli/options.hpp"
#include "cli/program.hpp"
#include "fs/fingerprint.hpp"
#include "graph/graph.hpp"
#include "project/lower.hpp"
#include "project/project.hpp"
#include "registry/client.hpp"
#include "store/store.hpp"

namespace tierbuild::cli {

struct Since;

/// What a verb works for: one platform, this machine's if it may choose, or all that --platform names or,
/// without it, that each target declares.
enum class Platforms : uint8_t { one, all };

class Session {
 public:
  Session(Program& program, const Options& options);
  ~Session();

  Program& program() { return program_; }
  const Options& options() const { return options_; }

  /// Works on this project, not on that of a Buildfile.
  void take(project::Project project);
  /// Prints why files make no project; the exit status.
  int fail_request(const Error& error) const;
  /// From now on evaluations explain each field.
  void explain_fields() { trace_ = bindings::Trace::fields; }
  /// Evaluates the Buildfile and checks what it declares. All errors are printed; returns the exit status.
  int evaluate();
  /// As evaluate(), but without a Buildfile there is nothing to do: for verbs that only want its registries.
  int evaluate_if_any();
  /// Evaluates and makes the graph. With --locked, also checks the lock file. Prints and returns as
  /// evaluate().
  int load(Platforms platforms = Platforms::one);
  /// The second half of load(); does nothing if it was done.
  int lower(Platforms platforms = Platforms::one);
  bool evaluated() const { return evaluation_ != nullptr; }
  // Only after evaluate() or load() succeeded.
  bindings::Evaluation& evaluation() { return *evaluation_; }
  const project::Project& project() const { return evaluation_->project(); }
  const graph::Graph& graph() const { return *graph_; }
  /// The platform of `evaluation` and `project`; the graph may have others besides.
  const image::Platform& platform() const { return platform_; }
  const project::LockUses& lock_uses() const { return lock_uses_; }
  /// What the checks of Dockerfiles found when the graph was made.
  const std::vector<Error>& findings() const { return findings_; }
  /// Answers what lowering asks.
  project::Outside& outside();
  /// The targets that are selected, each for every platform that it is to be built for; with --since, of them
  /// those that changed.
  Result<std::vector<graph::TargetId>> select(const std::vector<std::string>& selectors);
  /// What --since found, compared when it is first asked for. A note is printed.
  Result<const Since*> since();
  /// The Buildfile as a commit has it, or as it is, with the same arguments, for a platform.
  Result<std::unique_ptr<bindings::Evaluation>> evaluate_at(const std::optional<bindings::Commit>& commit,
                                                            const image::Platform& platform);
  /// The platforms that a target is to be built for; of all targets, those that the verb is about.
  std::vector<image::Platform> platforms_of(const project::TargetDecl& target) const;
  std::vector<image::Platform> platforms_of_all() const;
  /// Whether the verb is about the platforms that targets declare.
  bool is_about_all_declared() const { return platforms_ == Platforms::all && named_.empty(); }
  /// How the next evaluation takes fetches that the lock file lacks.
  void set_locking(bindings::Locking locking) { locking_ = locking; }
  /// Replaces the names of a target's image.
  void set_tags(graph::TargetId target, std::vector<std::string> tags) {
    graph_->target(target).tags = std::move(tags);
  }

  /// The store of the options; warnings of opening it are printed.
  Result<store::Store*> store();
  registry::Credentials& credentials();
  registry::Client& registry();
  /// As the Buildfile declares its registries.
  registry::ClientOptions client_options() const;
  registry::Transport& transport();
  /// Needs store().
  fs::FingerprintCache& fingerprints();
  /// All that a builder works with.
  build::BuildContext build_context(store::Store& store, build::EventSink& events);
  /// The remote cache of the options and of the Buildfile; null if neither names one. `pushes`: what the
  /// Buildfile names is written, too.
  Result<build::RemoteCache*> cache(bool pushes);

  /// The builder's options from those of the command line and of the Buildfile.
  Result<build::BuildOptions> build_options();
  /// Values of the stamps that these targets and texts use.
  Result<std::map<std::string, std::string>> stamps(const std::vector<graph::TargetId>& targets,
                                                    const std::vector<std::string>& more);
  std::string runtime() const;

 private:
  int evaluate_for(const image::Platform& platform);
  int read_dockerfile();
  Result<std::string> no_cache_prefix(const std::string& name) const;
  int read_bake_files(const std::vector<std::string>& files);
  int lower_others(project::Lowered& lowered);
  bindings::EvaluateOptions evaluate_options(std::filesystem::path file);
  Result<image::Platform> wanted_platform() const;
  Result<std::vector<graph::TargetId>> for_each_platform(const std::vector<graph::TargetId>& targets) const;
  std::filesystem::path store_path() const;
  bindings::EvaluationCache kept_evaluations() const;
  void keep_evaluation();
  void notice_shadowed_tasks() const;
  registry::Client& cache_client();

  Program& program_;
  const Options& options_;
  bindings::Trace trace_ = bindings::Trace::none;
  image::Platform platform_ = image::Platform::host();
  std::optional<project::Project> given_;
  std::optional<Options> besides_;  // with what compose and bake files say besides targets
  std::unique_ptr<bindings::Evaluation> evaluation_;
  std::optional<bindings::EvaluateOptions> to_keep_;  // how `evaluation_` was made, until it is kept
  Platforms platforms_ = Platforms::one;              // of the verb
  Platforms lowered_ = Platforms::one;                // of the graph
  std::vector<image::Platform> named_;                // by --platform
  std::optional<graph::Graph> graph_;
  project::LockUses lock_uses_;
  std::vector<Error> findings_;
  std::unique_ptr<project::Outside> outside_;
  bindings::Locking locking_ = bindings::Locking::must;
  std::unique_ptr<Since> since_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<registry::Transport> transport_;
  std::unique_ptr<registry::Credentials> credentials_;
  std::unique_ptr<registry::Client> registry_;
  std::unique_ptr<fs::FingerprintCache> fingerprints_;
  std::mutex cache_mutex_;  // of the next two
  std::unique_ptr<registry::Transport> cache_transport_;
  std::unique_ptr<registry::Client> cache_client_;
  std::unique_ptr<build::RemoteCache> cache_;
};

}  // namespace tierbuild::cli
