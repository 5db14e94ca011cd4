#include "cli/since.hpp"

#include "project/lower.hpp"

namespace tierbuild::cli {
namespace {

// As build::BuildOptions::form has it.
std::string form_of(const project::Project& project) {
  std::string compression, format;
  for (const project::RegistryDecl& registry : project.registries) {
    if (compression.empty()) compression = registry.compression;
    if (format.empty()) format = registry.format;
  }
  return (format == "docker" ? "docker " : "") + (compression.empty() ? "gzip" : compression);
}

std::string short_text(const Error& error) {
  return error.where().known() ? fmt::format("{}: {}", error.where().str(), error.str()) : error.str();
}

Since all_changed(Session& session, std::string base, const Error& reason) {
  Since since;
  since.note =
      fmt::format("the Buildfile of commit {} cannot be evaluated, so every target counts as changed: {}",
                  base.substr(0, 12), short_text(reason));
  since.base = std::move(base);
  for (const project::TargetDecl& target : session.project().targets)
    since.changes.push_back({target.id(), changes::Kind::changed, "there is nothing to compare with"});
  return since;
}

/// The comparisons of all platforms as one.
class Comparisons {
 public:
  Comparisons(Session& session, const git::Repository& repository, const git::MergeBase& base)
      : session_(session), repository_(repository), base_(base) {}

  /// Returns why there is nothing to compare with.
  Result<std::optional<Error>> compare(const image::Platform& platform) {
    auto older = session_.evaluate_at(bindings::Commit{&repository_, base_.tree}, platform);
    if (!older) {
      if (older.error().code() == Code::cancelled) return std::move(older).error();
      return std::optional(std::move(older).error());
    }
    const project::Project& before = (*older)->project();
    const project::Lowered old = project::lower(before, platform, session_.outside());
    if (!old.errors.empty()) return std::optional(old.errors.front());

    std::unique_ptr<bindings::Evaluation> other;
    if (platform != session_.platform()) {
      TB_LET(other, session_.evaluate_at({}, platform));
    }
    const project::Project& now = other ? other->project() : session_.project();
    std::optional<project::Lowered> alone;
    const graph::Graph* graph = &session_.graph();
    if (other || graph->platforms().size() > 1)
      graph = &alone.emplace(project::lower(now, platform, session_.outside())).graph;
    TB_LET(std::vector<changes::TargetChange> changes,
           changes::compare(repository_, base_.tree, {old.graph, before.workspace.root, form_of(before)},
                            {*graph, now.workspace.root, form_of(now)}),
           "while comparing with {}", base_.sha.substr(0, 12));
    for (changes::TargetChange& change : changes)
      if (is_for(now, change.target, platform)) add(std::move(change));
    if (session_.is_about_all_declared())
      for (const project::TargetDecl& target : now.targets)
        if (const project::TargetDecl* was = before.find_target(target.id()))
          if (before.platforms_of(*was) != now.platforms_of(target))
            add({target.id(), changes::Kind::config, "its platforms changed"});
    return std::optional<Error>();
  }

  /// In declaration order.
  std::vector<changes::TargetChange> take() {
    std::map<std::string, size_t> order;
    for (const project::TargetDecl& target : session_.project().targets)
      order.emplace(target.id(), order.size());
    std::stable_sort(changes_.begin(), changes_.end(), [&](const auto& a, const auto& b) {
      auto one = order.find(a.target), two = order.find(b.target);
      return two == order.end() ? one != order.end() : one != order.end() && one->second < two->second;
    });
    return std::move(changes_);
  }

 private:
  // Of a verb about several platforms, what is not built for one does not change there.
  bool is_for(const project::Project& now, const std::string& target, const image::Platform& platform) const {
    const project::TargetDecl* declared = now.find_target(target);
    if (declared == nullptr || session_.platforms_of_all().size() == 1) return true;
    const std::vector<image::Platform> platforms = session_.platforms_of(*declared);
    return std::find(platforms.begin(), platforms.end(), platform) != platforms.end();
  }

  void add(changes::TargetChange change) {
    for (changes::TargetChange& known : changes_) {
      if (known.target != change.target) continue;
      if (known.kind == changes::Kind::config && change.kind == changes::Kind::changed)
        known = std::move(change);
      return;
    }
    changes_.push_back(std::move(change));
  }

  Session& session_;
  const git::Repository& repository_;
  const git::MergeBase& base_;
  std::vector<changes::TargetChange> changes_;
};

}  // namespace

Result<Since> compare_since(Session& session, const std::string& rev) {
  std::filesystem::path directory = std::filesystem::path(session.project().file).parent_path();
  TB_LET(std::optional<git::Repository> repository, git::Repository::discover(directory),
         "while looking for what to compare with");
  if (!repository)
    return Error::make(Code::invalid, "{} is in no git repository", directory.string())
        .hint("--since compares with a commit");
  TB_LET(git::MergeBase base, repository->merge_base(rev));

  Comparisons found(session, *repository, base);
  for (const image::Platform& platform : session.platforms_of_all()) {
    TB_LET(std::optional<Error> nothing, found.compare(platform));
    if (nothing) return all_changed(session, std::move(base.sha), *nothing);
  }
  Since since;
  since.changes = found.take();
  since.base = std::move(base.sha);
  return since;
}

}  // namespace tierbuild::cli
