// Subject: one target as a rule sees it, and where the rule says what it found.
#pragma once

#include <functional>
#include <map>

#include "graph/graph.hpp"
#include "lint/finding.hpp"
#include "lint/image_facts.hpp"
#include "lint/sources.hpp"
#include "project/project.hpp"
#include "python/marker.hpp"

namespace tierbuild::lint {

/// Everything outside the rules that they work with.
struct World {
  const project::Project& project;
  const graph::Graph& graph;
  Images& images;
  Sources& sources;
};

/// How a finding may be mended: only if every one of `all_of` has the same finding.
struct Mend {
  Edit edit;
  std::set<std::string> all_of = {};
};

class Subject {
 public:
  Subject(World& world, graph::TargetId id);

  World& world() const { return world_; }
  const project::TargetDecl& decl() const { return decl_; }
  const graph::Target& target() const { return world_.graph[id_]; }
  bool is_service() const { return decl_.kind == graph::TargetKind::service; }
  /// The tiers and services that it stands on, nearest first.
  const std::vector<const project::TargetDecl*>& below() const { return below_; }
  /// The stack that its `from` stands for, with the author's own steps on the image.
  graph::StackId base() const;

  /// What its image holds; null if it is not built as it is declared now.
  FactsPtr facts() const { return world_.images.of(target().root); }
  /// What it stands on; null likewise.
  FactsPtr base_facts() const { return world_.images.of(base()); }
  /// The config of its image, with what the external base brings if that is in the store.
  image::Config config() const;
  bool knows_base_config() const { return world_.images.base_config(target().root) != nullptr; }

  /// Its own steps, bottom first, and those of each image that they copy from or run in, as lists of their
  /// own.
  std::vector<std::vector<const project::Step*>> step_lists() const;
  /// True if a requirement applies on the platform of the graph.
  bool applies(const python::Requirement& requirement) const;
  bool holds(const std::string& marker) const { return holds_with_extra(marker, ""); }
  bool holds_with_extra(const std::string& marker, const std::string& extra) const;
  /// What messages call it: `service 'api'`.
  std::string name() const;
  /// The name of the external image at the bottom, as its author wrote it.
  std::string external_base() const;

 private:
  World& world_;
  graph::TargetId id_;
  const project::TargetDecl& decl_;
  std::vector<const project::TargetDecl*> below_;
  python::MarkerEnvironment markers_;
};

std::string describe(const project::TargetDecl& target);

/// Takes what rules find; equal findings about several targets become one.
class Report {
 public:
  explicit Report(World& world) : world_(world) {}

  /// The rule and the target that the next findings are about.
  void begin(std::string rule, Level level, std::string target);
  void find(Location where, std::string message, std::string help = {}, std::optional<Mend> mend = {});
  void note(std::string message, Location where = {});
  /// In the order in which they were found. Fixes that not all targets agree on are left out.
  Outcome take();

 private:
  struct Found {
    Finding finding;
    std::optional<Mend> mend;
    bool agreed = true;
  };
  World& world_;
  std::string rule_, target_;
  Level level_ = Level::warn;
  std::vector<Found> found_;
  std::map<std::string, size_t> index_;
  std::vector<Note> notes_;
};

}  // namespace tierbuild::lint
