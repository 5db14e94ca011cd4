#include "cli/since.hpp"

#include "project/lower.hpp"

namespace tierbuild::cli {
namespace {

std::string compression_of(const project::Project& project) {
  for (const project::RegistryDecl& registry : project.registries)
    if (!registry.compression.empty()) return registry.compression;
  return "gzip";
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
  for (const graph::Target& target : session.graph().targets())
    since.changes.push_back({target.id(), changes::Kind::changed, "there is nothing to compare with"});
  return since;
}

}  // namespace

Result<Since> compare_since(Session& session, const std::string& rev) {
  std::filesystem::path directory = std::filesystem::path(session.project().file).parent_path();
  TB_LET(std::optional<git::Repository> repository, git::Repository::discover(directory),
         "while looking for what to compare with");
  if (!repository)
    return Error::make(Code::invalid, "{} is in no git repository", directory.string())
        .hint("--since compares with a commit");
  TB_LET(git::MergeBase base, repository->merge_base(rev));

  auto older = session.evaluate_at({&*repository, base.tree});
  if (!older) {
    if (older.error().code() == Code::cancelled) return std::move(older).error();
    return all_changed(session, std::move(base.sha), older.error());
  }
  const project::Project& project = (*older)->project();
  project::Lowered lowered = project::lower(project, session.platform(), session.outside());
  if (!lowered.errors.empty()) return all_changed(session, std::move(base.sha), lowered.errors.front());
  // Of a graph for several platforms, that of the session stands for all.
  std::optional<project::Lowered> alone;
  const graph::Graph* now = &session.graph();
  if (now->platforms().size() > 1)
    now = &alone.emplace(project::lower(session.project(), session.platform(), session.outside())).graph;
  Since since;
  TB_LET(since.changes,
         changes::compare(*repository, base.tree,
                          {lowered.graph, project.workspace.root, compression_of(project)},
                          {*now, session.project().workspace.root, compression_of(session.project())}),
         "while comparing with {}", base.sha.substr(0, 12));
  since.base = std::move(base.sha);
  return since;
}

}  // namespace tierbuild::cli
