// A workspace for rules, made by hand: targets, what their images hold, and the files that they were read
// from.
#pragma once

#include <map>

#include "lint/lint.hpp"
#include "lint/rules.hpp"
#include "project/lower.hpp"
#include "python/installed.hpp"
#include "support/catch.hpp"

namespace tierbuild::test {

using lint::FileFact;
using lint::Finding;
using lint::ImageFacts;
using lint::Outcome;

/// Images by the target that they belong to.
class FakeImages final : public lint::Images {
 public:
  const graph::Graph* graph = nullptr;
  std::map<std::string, std::shared_ptr<ImageFacts>> facts;  // by the name of a target
  std::optional<image::Config> base;

  lint::FactsPtr of(graph::StackId stack) override {
    for (const graph::Target& target : graph->targets())
      if (auto found = facts.find(target.name); target.root == stack && found != facts.end())
        return found->second;
    return nullptr;
  }
  const image::Config* base_config(graph::StackId) override { return base ? &*base : nullptr; }
};

class LintWorkspace {
 public:
  project::Project project;
  FakeImages images;
  std::map<std::string, std::string> files;
  std::map<std::string, project::LintSetting> levels;  // of rules besides the one under test

  LintWorkspace() { project.workspace.root = "/w"; }

  project::TargetDecl& tier(const std::string& name, const std::string& from) {
    return add(graph::TargetKind::tier, name, from);
  }
  project::TargetDecl& service(const std::string& name, const std::string& from) {
    return add(graph::TargetKind::service, name, from);
  }

  /// Adds a requirements file and its entries to a target, one entry a line.
  void requirements(const std::string& target, const std::string& file, const std::string& text) {
    files[file] = text;
    project.reads.push_back("read " + file);
    int line = 0;
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.find('\n', at), text.size());
      ++line;
      std::string entry = text.substr(at, std::min(text.find(" #", at), end) - at);
      at = end + 1;
      if (entry.empty() || entry[0] == '#') continue;
      auto parsed = python::parse_requirement(entry, {file, line, 1});
      REQUIRE(parsed);
      decl(target).requirements.push_back(*parsed);
    }
  }

  ImageFacts& image(const std::string& target) {
    auto& slot = images.facts[target];
    if (!slot) slot = std::make_shared<ImageFacts>();
    return *slot;
  }
  void installed(const std::string& target, const std::string& name, const std::string& version,
                 const std::string& needs = {}) {
    auto package = python::parse_metadata(
        "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n" + needs + "\n", "/x");
    REQUIRE(package);
    image(target).installed[package->name] = *package;
  }
  void file(const std::string& target, const std::string& path, uint32_t mode, uint32_t uid = 0,
            FileFact::Kind kind = FileFact::Kind::file, const std::string& link = {}) {
    image(target).files[path] = {kind, mode, uid, uid, link};
  }
  void directory(const std::string& target, const std::string& path, uint32_t mode, uint32_t uid = 0) {
    file(target, path, mode, uid, FileFact::Kind::directory);
  }

  /// A shell step at a line of Buildfile.lua.
  static project::StepPtr sh(const std::string& script, int line) {
    auto step = std::make_shared<project::Step>();
    step->op = project::RunStep{.argv = {"/bin/sh", "-c", "set -eu\n" + script},
                                .env = {},
                                .cwd = {},
                                .user = {},
                                .mounts = {},
                                .network = false,
                                .limits = {},
                                .on = nullptr,
                                .out = {}};
    step->label = "sh";
    step->where = {"Buildfile.lua", line, 0};
    return step;
  }
  static project::StepPtr copy(const std::string& path, int line) {
    auto step = std::make_shared<project::Step>();
    project::CopyStep copy;
    copy.items.push_back({project::PathValue{path, {}}, "/app", "", std::nullopt});
    step->op = std::move(copy);
    step->label = "copy";
    step->where = {"Buildfile.lua", line, 0};
    return step;
  }

  /// Runs one rule alone, as an error.
  Outcome check(const std::string& rule, const std::string& want = {}) {
    for (const lint::Rule& other : lint::rules()) project.lints[other.name] = {"off", "", {}};
    for (const auto& [name, setting] : levels) project.lints[name] = setting;
    project.lints[rule] = {"error", want, {}};
    return check_all();
  }
  Outcome check_all() {
    project::Lowered lowered = project::lower(project, {"linux", "amd64", ""});
    REQUIRE(lowered.errors.empty());
    images.graph = &lowered.graph;
    std::vector<graph::TargetId> all;
    for (size_t i = 0; i < project.targets.size(); ++i) all.emplace_back(i);
    return lint::check(
        {project, lowered.graph, all, images, [this](const std::string& name) -> std::optional<std::string> {
           auto found = files.find(name);
           return found == files.end() ? std::nullopt : std::optional(found->second);
         }});
  }

  project::TargetDecl& decl(const std::string& name) {
    for (project::TargetDecl& target : project.targets)
      if (target.name == name) return target;
    FAIL("no target " << name);
    return project.targets.front();
  }

 private:
  project::TargetDecl& add(graph::TargetKind kind, const std::string& name, const std::string& from) {
    project::TargetDecl target;
    target.kind = kind;
    target.name = name;
    auto image = std::make_shared<project::Image>();
    image->base = project::NamedBase{from};
    target.where = image->where = {"Buildfile.lua", static_cast<int>(project.targets.size()) + 1, 1};
    target.from = image;
    auto own = std::make_shared<project::Step>();  // so that its stack is not that of its base
    project::CopyStep file;
    file.items.push_back({project::TextValue{name}, "/etc/" + name, "", std::nullopt});
    own->op = std::move(file);
    target.layers.push_back(std::move(own));
    project.targets.push_back(std::move(target));
    return project.targets.back();
  }
};

inline std::string texts(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += finding.where.str() + " " + finding.message + "\n";
  return text;
}

}  // namespace tierbuild::test
