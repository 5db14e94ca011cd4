#include "import/plan.hpp"

#include <algorithm>
#include <functional>

#include "image/reference.hpp"
#include "import/sayable.hpp"
#include "project/requests.hpp"

namespace tierbuild::imports {
namespace {

using dockerfile::Origin;
using graph::ConfigPatch;

/// What all of the patches say.
ConfigPatch common(const std::vector<ConfigPatch>& patches) {
  ConfigPatch out = patches.front();
  auto keep_map = [](auto& mine, const auto& theirs) {
    std::erase_if(mine, [&](const auto& item) {
      auto other = theirs.find(item.first);
      return other == theirs.end() || other->second != item.second;
    });
  };
  auto keep_same = [](auto& mine, const auto& theirs) {
    if (mine != theirs) mine.reset();
  };
  for (const ConfigPatch& patch : patches) {
    keep_map(out.env, patch.env);
    keep_map(out.labels, patch.labels);
    for (auto field :
         {&ConfigPatch::user, &ConfigPatch::workdir, &ConfigPatch::stop_signal, &ConfigPatch::author})
      keep_same(out.*field, patch.*field);
    keep_same(out.shell, patch.shell);
    keep_same(out.healthcheck, patch.healthcheck);
    if (out.entrypoint != patch.entrypoint || out.cmd != patch.cmd) {
      out.entrypoint.reset();
      out.cmd.reset();
    }
    for (auto field : {&ConfigPatch::exposed, &ConfigPatch::volumes})
      std::erase_if(out.*field, [&](const std::string& item) { return !(patch.*field).contains(item); });
  }
  std::erase_if(out.env_order, [&](const std::string& name) { return !out.env.contains(name); });
  return out;
}

class Planner {
 public:
  Planner(const std::vector<Placed*>& placed, const std::vector<const dockerfile::Request*>& kept,
          const std::set<std::string>& services)
      : placed_(placed), kept_(kept), services_(services) {}

  Plan run() && {
    for (Placed* one : placed_) insert(*one);
    users_.resize(nodes_.size());
    finals_below_.resize(nodes_.size());
    for (const Placed* one : placed_) count(*one);
    choose_tiers();
    for (const Placed* one : placed_) add_final(*one);
    for (const dockerfile::Request* request : kept_) {
      Target target;
      target.request = request;
      target.name = request->name;
      target.is_service = services_.contains(request->name);
      made_.push_back(std::move(target));
    }
    name_tiers();
    return ordered();
  }

 private:
  size_t child(size_t parent, std::string key, const dockerfile::Operation* operation, const Placed& of,
               size_t stage) {
    auto [known, is_new] = known_.try_emplace({parent, key}, nodes_.size());
    if (!is_new) return known->second;
    if (parent != kNone) nodes_[parent].children.push_back(nodes_.size());
    nodes_.push_back({parent, std::move(key), operation, &of, stage, {}});
    return known->second;
  }

  static std::string directory_key(const Directory& directory) {
    std::string key = "files " + directory.path;
    if (directory.ignore)
      for (const std::string& line : *directory.ignore) key += "\n" + line;
    return key;
  }

  // As origin_text, but equal for all Dockerfiles that mean the same.
  static std::string key_of(const Origin& origin, const Placed& placed) {
    if (const auto* stage = std::get_if<dockerfile::FromStage>(&origin))
      return fmt::format("node {}", placed.ends[stage->index]);
    if (std::holds_alternative<dockerfile::FromContext>(origin))
      return directory_key(placed.translation.context);
    const auto* named = std::get_if<dockerfile::FromNamed>(&origin);
    if (named == nullptr) return origin_text(origin);
    const NamedContext& context = placed.translation.contexts.at(named->name);
    if (const auto* directory = std::get_if<Directory>(&context)) return directory_key(*directory);
    if (const auto* target = std::get_if<OtherTarget>(&context)) return "target " + target->name;
    std::string text = std::get<OtherImage>(context).reference;
    auto reference = image::Reference::parse(text);
    return "image " + (reference ? reference->str() : text);
  }

  static std::string key_of(const dockerfile::Operation& operation, const Placed& placed) {
    bool alone = placed.translation.request->network == dockerfile::Request::Network::none;
    return operation_text(operation, [&](const Origin& origin) { return key_of(origin, placed); }) +
           (alone && std::holds_alternative<dockerfile::RunOperation>(operation.what) ? "alone" : "");
  }

  void insert(Placed& placed) {
    const auto& stages = placed.translation.build.stages;
    for (size_t i = 0; i < stages.size(); ++i) {
      const auto* base = std::get_if<dockerfile::FromStage>(&stages[i].base);
      size_t at = base != nullptr ? placed.ends[base->index]
                                  : child(kNone, key_of(stages[i].base, placed), nullptr, placed, i);
      for (const dockerfile::Operation& operation : stages[i].operations)
        at = child(at, key_of(operation, placed), &operation, placed, i);
      placed.ends.push_back(at);
    }
  }

  void count(const Placed& placed) {
    const auto& stages = placed.translation.build.stages;
    const std::string& name = placed.translation.request->name;
    for (size_t i = 0; i < stages.size(); ++i) {
      for (size_t at = placed.ends[i]; at != kNone; at = nodes_[at].parent) users_[at].insert(name);
      if (!stages[i].name.empty()) names_[placed.ends[i]].insert(stages[i].name);
      auto see = [&](const Origin& origin) {
        if (const auto* from = std::get_if<dockerfile::FromStage>(&origin))
          wanted_.insert(placed.ends[from->index]);
      };
      for (const dockerfile::Operation& operation : stages[i].operations) {
        if (const auto* copy = std::get_if<dockerfile::CopyOperation>(&operation.what)) see(copy->from);
        if (const auto* run = std::get_if<dockerfile::RunOperation>(&operation.what))
          for (const dockerfile::ResolvedMount& mount : run->mounts) see(mount.from);
      }
    }
    finals_[placed.ends.back()].push_back(&placed);
    for (size_t at = placed.ends.back(); at != kNone; at = nodes_[at].parent)
      finals_below_[at].push_back(&placed);
  }

  ConfigPatch common_config(size_t node) const {
    if (finals_below_[node].size() < 2) return {};
    std::vector<ConfigPatch> patches;
    for (const Placed* one : finals_below_[node])
      patches.push_back(ConfigPatch::between(bottom_of(*one), one->translation.build.stages.back().config));
    return common(patches);
  }

  // The tier that a node stands on, `node` itself included.
  size_t tier_at_or_below(size_t node) const {
    for (size_t at = node; at != kNone; at = nodes_[at].parent)
      if (auto found = tiers_.find(at); found != tiers_.end()) return found->second;
    return kNone;
  }

  std::vector<size_t> steps_above(size_t node, size_t tier) const {
    std::vector<size_t> steps;
    size_t end = tier == kNone ? kNone : made_[tier].node;
    for (size_t at = node; at != kNone && at != end; at = nodes_[at].parent)
      if (nodes_[at].operation != nullptr) steps.push_back(at);
    std::reverse(steps.begin(), steps.end());
    return steps;
  }

  bool pays(const std::vector<size_t>& steps, const ConfigPatch& config) const {
    size_t settings = config.env.size() - config.env.count("PATH");
    for (size_t step : steps) {
      if (!std::holds_alternative<dockerfile::DirectoryOperation>(nodes_[step].operation->what)) return true;
      ++settings;
    }
    return settings >= 2;
  }

  // Where all of the commands run.
  std::optional<std::string> common_directory(const std::vector<size_t>& steps) const {
    std::optional<std::string> directory;
    for (size_t step : steps) {
      const auto* run = std::get_if<dockerfile::RunOperation>(&nodes_[step].operation->what);
      if (run == nullptr) continue;
      if (run->cwd == "/" || (directory && *directory != run->cwd)) return std::nullopt;
      directory = run->cwd;
    }
    return directory;
  }

  void choose_tiers() {
    for (size_t node = 0; node < nodes_.size(); ++node) {
      auto finals = finals_.find(node);
      size_t ends = finals == finals_.end() ? 0 : finals->second.size();
      bool branches = nodes_[node].children.size() + ends >= 2;
      bool wanted = wanted_.contains(node) && ends == 0;
      if (!branches && !wanted) continue;
      Target tier;
      tier.node = node;
      tier.below = tier_at_or_below(node);
      tier.steps = steps_above(node, tier.below);
      ConfigPatch config = common_config(node);
      if (!config.workdir) config.workdir = common_directory(tier.steps);
      set_config(tier, config);
      if (!wanted && !pays(tier.steps, tier.config)) continue;
      tier.users = users_[node];
      tiers_[node] = made_.size();
      made_.push_back(std::move(tier));
    }
  }

  // The whole config is `patch` on that of the base; the target says what is not said below.
  void set_config(Target& target, const ConfigPatch& patch) const {
    image::Config bottom;
    if (!finals_below_[target.node].empty()) bottom = bottom_of(*finals_below_[target.node].front());
    image::Config below = target.below == kNone ? bottom : made_[target.below].whole;
    target.whole = below;
    patch.apply(target.whole);
    target.config = between(below, target.whole);
  }

  static ConfigPatch between(const image::Config& below, const image::Config& whole) {
    ConfigPatch patch = ConfigPatch::between(below, whole);
    for (const std::string& port : below.exposed) patch.exposed.erase(port);
    for (const std::string& volume : below.volumes) patch.volumes.erase(volume);
    return patch;
  }

  void add_final(const Placed& placed) {
    Target target;
    target.request = placed.translation.request;
    target.name = target.request->name;
    target.is_service = services_.contains(target.name);
    target.node = placed.ends.back();
    target.below = tier_at_or_below(target.node);
    target.steps = steps_above(target.node, target.below);
    target.whole = placed.translation.build.stages.back().config;
    target.config =
        between(target.below == kNone ? bottom_of(placed) : made_[target.below].whole, target.whole);
    target.users = {target.name};
    made_.push_back(std::move(target));
  }

  // --- names and order

  std::string base_name(size_t node) const {
    size_t root = node;
    while (nodes_[root].parent != kNone) root = nodes_[root].parent;
    const std::string& key = nodes_[root].key;
    if (key.starts_with("target ")) return key.substr(7) + "-base";
    if (!key.starts_with("image ")) return "base";
    auto reference = image::Reference::parse(key.substr(6));
    return (reference ? project::target_name_of(reference->repository) : "image") + "-base";
  }

  std::string wish(const Target& tier) const {
    auto named = names_.find(tier.node);
    if (named == names_.end() || named->second.size() != 1) return base_name(tier.node);
    const std::string& stage = *named->second.begin();
    bool elsewhere = std::any_of(names_.begin(), names_.end(), [&](const auto& other) {
      return other.first != tier.node && tiers_.contains(other.first) && other.second.contains(stage);
    });
    return elsewhere && tier.users.size() == 1 ? *tier.users.begin() + "-" + stage : stage;
  }

  void name_tiers() {
    std::set<std::string> taken;
    for (const Target& target : made_) taken.insert(target.name);
    for (Target& target : made_) {
      if (!target.name.empty()) continue;
      std::string name = project::target_name_of(wish(target));
      target.name = name;
      for (int n = 2; !taken.insert(target.name).second; ++n) target.name = fmt::format("{}-{}", name, n);
    }
  }

  std::optional<size_t> files_of(size_t node) const {
    if (auto tier = tiers_.find(node); tier != tiers_.end()) return tier->second;
    for (size_t i = 0; i < made_.size(); ++i)
      if (made_[i].node == node) return i;
    return std::nullopt;
  }

  void needs_of(const Origin& origin, const Placed& placed, std::vector<std::string>& requests,
                std::vector<size_t>& targets) const {
    if (const auto* stage = std::get_if<dockerfile::FromStage>(&origin)) {
      if (auto of = files_of(placed.ends[stage->index])) targets.push_back(*of);
    } else if (const auto* named = std::get_if<dockerfile::FromNamed>(&origin)) {
      const auto* other = std::get_if<OtherTarget>(&placed.translation.contexts.at(named->name));
      if (other != nullptr) requests.push_back(other->name);
    }
  }

  Plan ordered() {
    std::vector<size_t> order, by_name(made_.size());
    std::vector<bool> seen(made_.size());
    for (size_t i = 0; i < made_.size(); ++i) by_name[i] = i;
    std::sort(by_name.begin(), by_name.end(),
              [&](size_t a, size_t b) { return made_[a].name < made_[b].name; });
    std::map<std::string, size_t> request;
    for (size_t i = 0; i < made_.size(); ++i)
      if (made_[i].request != nullptr) request[made_[i].name] = i;
    std::function<void(size_t)> visit = [&](size_t index) {
      if (seen[index]) return;
      seen[index] = true;
      const Target& target = made_[index];
      std::vector<std::string> requests;
      std::vector<size_t> targets;
      if (target.below != kNone) targets.push_back(target.below);
      if (target.node == kNone) {
        for (const auto& [name, value] : target.request->contexts)
          if (value.starts_with("target:")) requests.push_back(value.substr(7));
      } else {
        const Node& root = nodes_[root_of(target.node)];
        needs_of(root.of->translation.build.stages[root.stage].base, *root.of, requests, targets);
        for (size_t step : target.steps) {
          const Node& node = nodes_[step];
          if (const auto* copy = std::get_if<dockerfile::CopyOperation>(&node.operation->what))
            needs_of(copy->from, *node.of, requests, targets);
          if (const auto* run = std::get_if<dockerfile::RunOperation>(&node.operation->what))
            for (const auto& mount : run->mounts) needs_of(mount.from, *node.of, requests, targets);
        }
      }
      for (size_t need : targets) visit(need);
      for (const std::string& name : requests)
        if (auto found = request.find(name); found != request.end()) visit(found->second);
      order.push_back(index);
    };
    // Tiers come when the first service needs them.
    for (size_t index : by_name)
      if (made_[index].request != nullptr) visit(index);
    for (size_t index : by_name) visit(index);
    Plan plan;
    std::vector<size_t> place(made_.size());
    for (size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    for (size_t node = 0; node < nodes_.size(); ++node)
      if (auto of = files_of(node)) plan.files[node] = place[*of];
    for (size_t index : order) {
      Target target = made_[index];
      if (target.below != kNone) target.below = place[target.below];
      if (target.request != nullptr) plan.by_request[target.name] = plan.targets.size();
      plan.targets.push_back(std::move(target));
    }
    plan.nodes = std::move(nodes_);
    return plan;
  }

  size_t root_of(size_t node) const {
    while (nodes_[node].parent != kNone) node = nodes_[node].parent;
    return node;
  }

  const std::vector<Placed*>& placed_;
  const std::vector<const dockerfile::Request*>& kept_;
  const std::set<std::string>& services_;
  std::vector<Node> nodes_;
  std::map<std::pair<size_t, std::string>, size_t> known_;
  std::vector<std::set<std::string>> users_;
  std::vector<std::vector<const Placed*>> finals_below_;
  std::map<size_t, std::vector<const Placed*>> finals_;
  std::map<size_t, std::set<std::string>> names_;  // of stages that end at a node
  std::set<size_t> wanted_;                        // nodes whose files others take
  std::map<size_t, size_t> tiers_;                 // node → made_
  std::vector<Target> made_;
};

}  // namespace

const image::Config& bottom_of(const Placed& placed) {
  const auto& stages = placed.translation.build.stages;
  size_t stage = stages.size() - 1;
  while (const auto* base = std::get_if<dockerfile::FromStage>(&stages[stage].base)) stage = base->index;
  return placed.below[stage];
}

size_t Plan::root_of(size_t node) const {
  while (nodes[node].parent != kNone) node = nodes[node].parent;
  return node;
}

Plan plan_targets(const std::vector<Placed*>& placed, const std::vector<const dockerfile::Request*>& kept,
                  const std::set<std::string>& services) {
  return Planner(placed, kept, services).run();
}

}  // namespace tierbuild::imports
