// unpinned and floating_tag: what may be something else tomorrow.
#include <algorithm>

#include "base/strings.hpp"
#include "image/reference.hpp"
#include "lint/requirements.hpp"
#include "lint/rules.hpp"
#include "project/lock.hpp"
#include "python/version.hpp"

namespace tierbuild::lint {
namespace {

using python::Requirement;

// `torch>=2` becomes `torch==2.5.1`: the version that the built image has.
std::optional<Mend> pinned(const Subject& subject, const Requirement& requirement,
                           const std::string& version) {
  auto written = as_written(subject, requirement);
  if (!written) return std::nullopt;
  std::string extras = requirement.extras.empty() ? "" : "[" + join(requirement.extras, ",") + "]";
  return Mend{{requirement.where.file, requirement.where.line, written->column, written->text,
               fmt::format("{}{}=={}", requirement.spelled, extras, version), false},
              users_of(subject, requirement.where)};
}

bool is_bound(const Subject& subject, const Requirement& requirement) {
  const std::vector<Requirement>& bounds = subject.decl().constraints;
  return std::any_of(bounds.begin(), bounds.end(), [&](const Requirement& bound) {
    return bound.name == requirement.name && bound.pinned() && subject.applies(bound);
  });
}

bool is_path(const Requirement& requirement) {
  return !requirement.url.empty() && requirement.url.find("://") == std::string::npos;
}

// The external images that the target's own image is made from, each with its node.
std::set<graph::NodeId> nodes_below(const graph::Graph& graph, graph::StackId root) {
  std::vector<graph::NodeId> pending = graph.layers_of(root);
  std::set<graph::NodeId> seen(pending.begin(), pending.end());
  while (!pending.empty()) {
    graph::NodeId node = pending.back();
    pending.pop_back();
    for (graph::NodeId input : graph.inputs_of(node))
      if (seen.insert(input).second) pending.push_back(input);
  }
  return seen;
}

}  // namespace

void check_unpinned(const Subject& subject, const std::string&, Report& report) {
  FactsPtr facts;
  bool asked = false;
  for (const Requirement& requirement : subject.decl().requirements) {
    if (!subject.applies(requirement) || requirement.pinned() || is_path(requirement)) continue;
    if (!requirement.url.empty()) {
      report.find(requirement.where, fmt::format("{} may be another commit tomorrow", requirement.text()),
                  "name a full commit: …@<40 hex digits>");
      continue;
    }
    if (is_bound(subject, requirement)) continue;
    if (!std::exchange(asked, true)) facts = subject.facts();
    const python::InstalledPackage* installed = facts ? fulfilling(subject, *facts, requirement) : nullptr;
    std::string message = requirement.specifiers.empty()
                              ? fmt::format("{} names no version", requirement.spelled)
                              : fmt::format("{} does not name one version", requirement.text());
    if (installed == nullptr)
      report.find(requirement.where, std::move(message), fmt::format("write {}==…", requirement.spelled));
    else
      report.find(requirement.where, std::move(message),
                  fmt::format("the image has {}: write {}=={}", describe(*installed), requirement.spelled,
                              installed->version),
                  pinned(subject, requirement, installed->version));
  }
}

void check_floating_tag(const Subject& subject, const std::string&, Report& report) {
  const graph::Graph& graph = subject.world().graph;
  for (graph::NodeId id : nodes_below(graph, subject.target().root)) {
    const auto* base = std::get_if<graph::Base>(&graph[id].op);
    if (base == nullptr || base->kind != graph::Base::Kind::registry) continue;
    auto reference = image::Reference::parse(base->reference);
    if (!reference || reference->digest) continue;
    std::string name = reference->familiar();
    report.find(graph[id].where,
                reference->tag == "latest" ? fmt::format("'{}' is whatever was pushed last", name)
                                           : fmt::format("'{}' can be moved to another image", name),
                fmt::format("`tierbuild lock` pins it in {}", project::kLockFile));
  }
}

}  // namespace tierbuild::lint
