#include "project/lower.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "image/reference.hpp"
#include "project/image_names.hpp"
#include "project/lower_dockerfile.hpp"
#include "project/lower_steps.hpp"
#include "project/names.hpp"

namespace tierbuild::project {
namespace {

using graph::NodeId;
using graph::StackId;
using graph::TargetId;

constexpr size_t kMostTiers = 256;

/// Links targets depth first; `path` holds the ones that are being linked, so that a cycle is seen and named.
class Lowering final : public ImageLowering {
 public:
  Lowering(const Project& project, Outside& outside, Lowered& lowered)
      : project_(project),
        outside_(outside),
        graph_(lowered.graph),
        platform_(lowered.graph.platforms().back()),
        errors_(lowered.errors),
        warnings_(lowered.warnings),
        tags_(lowered.uses.tags),
        fetches_(lowered.uses.fetches),
        commits_(lowered.uses.commits),
        first_(lowered.graph.targets().size()),
        linked_(project.targets.size()) {}

  void run() {
    // Targets get their ids in declaration order, whatever the order in which links are followed.
    for (const TargetDecl& decl : project_.targets) {
      graph::Target target;
      target.kind = decl.kind;
      target.name = decl.name;
      target.budget = decl.budget;
      target.push = decl.push;
      target.where = decl.where;
      target.tags = image_names(project_, decl);
      graph_.add(std::move(target));
    }
    for (size_t i = 0; i < project_.targets.size(); ++i) link(i);
  }

  LoweredImage lower_image(const ImagePtr& image) override {
    if (auto known = images_.find(image.get()); known != images_.end()) {
      note_needs(known->second.needs);
      return known->second.image;
    }
    std::set<size_t> outer = std::exchange(needs_, {});
    LoweredImage lowered = lower_base(*image);
    for (const auto& op : image->ops) {
      if (const auto* patch = std::get_if<graph::ConfigPatch>(&op))
        lowered.config.merge(*patch);
      else if (lowered.stack.valid())
        lower_step(*this, *std::get<StepPtr>(op), {.scope = scope_, .env = {}, .own = nullptr}, lowered);
    }
    images_.emplace(image.get(), Known{lowered, needs_});
    std::set<size_t> inner = std::exchange(needs_, outer);
    note_needs(inner);
    return lowered;
  }

  LoweredImage base_stack(const graph::Base& base, const Location& where,
                          const image::Platform& platform) override {
    return base_stack(base, where, platform, base.reference.empty() ? "scratch" : base.reference);
  }

  LoweredImage registry_base(image::Reference reference, const Location& where,
                             const image::Platform& platform) override {
    std::string label = reference.str();
    if (!reference.digest) {
      tags_.try_emplace(label, where);
      if (auto locked = project_.lock.bases.find(label); locked != project_.lock.bases.end())
        reference.digest = locked->second;
    }
    graph::Base base;
    base.kind = graph::Base::Kind::registry;
    base.reference = reference.str();
    return base_stack(base, where, platform, std::move(label));
  }

  std::optional<Digest> locked_fetch(const std::string& url, const Location& where) override {
    fetches_.try_emplace(url, where);
    auto locked = project_.lock.fetches.find(url);
    return locked == project_.lock.fetches.end() ? std::nullopt : std::optional(locked->second);
  }

  std::string locked_commit(const std::string& repository, const Location& where) override {
    commits_.try_emplace(repository, where);
    auto locked = project_.lock.commits.find(repository);
    return locked == project_.lock.commits.end() ? std::string() : locked->second;
  }

  graph::Graph& graph() override { return graph_; }
  const image::Platform& platform() override { return platform_; }
  const Project& project() override { return project_; }
  Outside& outside() override { return outside_; }
  // Targets may share a Dockerfile.
  void fail(Error error) override { add_once(errors_, std::move(error)); }
  void warn(Error warning) override { add_once(warnings_, std::move(warning)); }

 private:
  enum class Link : uint8_t { no, open, done };
  struct Known {
    LoweredImage image;
    std::set<size_t> needs;
  };

  static void add_once(std::vector<Error>& list, Error error) {
    auto same = [&](const Error& known) {
      return known.where() == error.where() && known.where().known() && known.message() == error.message();
    };
    if (std::none_of(list.begin(), list.end(), same)) list.push_back(std::move(error));
  }

  TargetId id_of(size_t index) const { return TargetId(first_ + index); }
  void note_needs(const std::set<size_t>& needs) { needs_.insert(needs.begin(), needs.end()); }

  LoweredImage lower_base(const Image& image) {
    if (const auto* below = std::get_if<ImagePtr>(&image.base)) return lower_image(*below);
    if (const auto* known = std::get_if<KnownBase>(&image.base)) {
      if (known->base.kind != graph::Base::Kind::registry)
        return base_stack(known->base, image.where, platform_);
      if (auto reference = image::Reference::parse(known->base.reference))
        return registry_base(*std::move(reference), image.where, platform_);
    }
    if (const auto* file = std::get_if<DockerfileBase>(&image.base))
      return lower_dockerfile(*this, *file, scope_);
    const std::string& name = std::get<NamedBase>(image.base).name;
    if (const TargetDecl* decl = project_.find_target(name)) {
      auto index = static_cast<size_t>(decl - project_.targets.data());
      if (!link(index, image.where)) return {};
      needs_.insert(index);
      const graph::Target& target = graph_[id_of(index)];
      LoweredImage lowered{target.root, target.config};
      lowered.config.annotations.clear();
      return lowered;
    }
    return external(name, image.where);
  }

  // A name that no target has: an image of a registry, unless it looks like a slip of the pen.
  LoweredImage external(const std::string& name, const Location& where) {
    bool bare = name.find_first_of(":/@") == std::string::npos;
    bool typed = name.starts_with("tier:") || name.starts_with("service:");
    std::string guess = did_you_mean(name, typed ? selectable_names(project_) : names_of(project_.targets));
    if (typed || (bare && !guess.empty())) {
      Error error = Error::make(Code::invalid, "no tier or service '{}'{}", name, guess).id("E023").at(where);
      if (!typed)
        error = std::move(error).hint(fmt::format("an image of a registry is written '{}:latest'", name));
      fail(std::move(error));
      return {};
    }
    Result<image::Reference> reference = image::Reference::parse(name);
    if (!reference) {
      fail(std::move(reference).error().id("E024").at(where));
      return {};
    }
    return registry_base(*std::move(reference), where, platform_);
  }

  LoweredImage base_stack(const graph::Base& base, const Location& where, const image::Platform& platform,
                          std::string label) {
    if (base.kind == graph::Base::Kind::debian) label = "debian " + base.suite;
    NodeId node = graph_.add(base, "base/" + label, where, platform);
    return {graph_.stack(StackId{}, node), {}};
  }

  bool link(size_t index, const Location& from = {}) {
    const TargetDecl& decl = project_.targets[index];
    if (linked_[index] == Link::open) {
      report_cycle(index, from.known() ? from : decl.where);
      return false;
    }
    if (linked_[index] == Link::done) return graph_[id_of(index)].root.valid();
    if (path_.size() >= kMostTiers) {
      fail(Error::make(Code::invalid, "more than {} targets stand on each other", kMostTiers)
               .id("E021")
               .at(decl.where)
               .hint("an image of so many layers could not be run"));
      return false;
    }
    linked_[index] = Link::open;
    path_.push_back(index);
    std::set<size_t> outer_needs = std::exchange(needs_, {});
    std::string outer_scope = std::exchange(scope_, decl.id());

    LoweredImage image = lower_image(decl.from);
    if (image.stack.valid()) {
      std::vector<graph::OwnStep> own_steps;
      StepContext context{.scope = decl.id(), .env = decl.build_env, .own = &own_steps};
      LoweredImage own = image;
      own.config.merge(decl.config);  // `copy` may place files relative to the target's own workdir
      for (const auto* steps : {&decl.user, &decl.packages, &decl.layers, &decl.pip, &decl.steps, &decl.copy})
        for (const StepPtr& step : *steps) lower_step(*this, *step, context, own);
      image = own;
      graph_.target(id_of(index)).own = std::move(own_steps);
    }
    graph::Target& target = graph_.target(id_of(index));
    target.root = image.stack;
    target.config = image.config;
    for (size_t need : needs_) target.needs.push_back(id_of(need));
    if (!decl.check.empty() && image.stack.valid()) add_check(decl, target);

    scope_ = outer_scope;
    needs_ = outer_needs;
    path_.pop_back();
    linked_[index] = Link::done;
    return image.stack.valid();
  }

  // A check runs in the finished image with its config, and what it leaves behind is thrown away.
  void add_check(const TargetDecl& decl, graph::Target& target) {
    graph::Run run;
    run.on = target.root;
    run.argv = decl.check;
    run.env = target.config.env;
    run.cwd = target.config.workdir.value_or("/");
    run.user = target.config.user.value_or("");
    run.out = "/.check";
    target.check = graph_.add(std::move(run), decl.id() + "/check", decl.where);
  }

  void report_cycle(size_t index, const Location& where) {
    std::string cycle;
    for (auto it = std::find(path_.begin(), path_.end(), index); it != path_.end(); ++it)
      cycle += project_.targets[*it].name + " -> ";
    fail(Error::make(Code::invalid, "targets stand on each other in a cycle: {}{}", cycle,
                     project_.targets[index].name)
             .id("E021")
             .at(where)
             .hint("one of them must stand on something else"));
  }

  const Project& project_;
  Outside& outside_;
  graph::Graph& graph_;
  const image::Platform platform_;
  std::vector<Error>&errors_, &warnings_;
  std::map<std::string, Location>&tags_, &fetches_, &commits_;
  size_t first_;  // of its targets in the graph
  std::vector<Link> linked_;
  std::vector<size_t> path_;
  std::set<size_t> needs_;  // targets that the one being linked has named so far
  std::string scope_;       // label prefix of the target being linked
  std::map<const Image*, Known> images_;
};

}  // namespace

Result<image::Config> NoOutside::config(const graph::Base& base, const image::Platform& platform) {
  image::Config config;
  config.platform = platform;
  if (base.kind == graph::Base::Kind::scratch) return config;
  if (base.kind != graph::Base::Kind::debian)
    return Error::make(Code::not_found, "the config of {} is not known", base.reference);
  config.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  return config;
}

Result<std::string> NoOutside::sha256(const std::string& url) {
  return Error::make(Code::not_found, "what {} holds is not known", url);
}

Result<dockerfile::RemoteFiles> NoOutside::checkout(const dockerfile::GitAddress& address,
                                                    const std::string&) {
  return Error::make(Code::not_found, "what {} holds is not known", address.moving());
}

Result<dockerfile::RemoteFiles> NoOutside::download(const std::string& url) {
  return Error::make(Code::not_found, "what {} holds is not known", url);
}

Lowered lower(const Project& project, const image::Platform& platform, Outside& outside) {
  Lowered lowered{
      graph::Graph(platform), {}, {}, {.tags = {}, .fetches = project.locked_fetches, .commits = {}}};
  Lowering(project, outside, lowered).run();
  return lowered;
}

Lowered lower(const Project& project, const image::Platform& platform) {
  NoOutside outside;
  return lower(project, platform, outside);
}

void lower_more(const Project& project, const image::Platform& platform, Outside& outside, Lowered& lowered) {
  lowered.graph.begin(platform);
  lowered.uses.fetches.insert(project.locked_fetches.begin(), project.locked_fetches.end());
  Lowering(project, outside, lowered).run();
}

}  // namespace tierbuild::project
