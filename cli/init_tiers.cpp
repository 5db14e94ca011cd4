#include "cli/init_tiers.hpp"

#include <map>
#include <set>

#include "base/strings.hpp"
#include "image/reference.hpp"

namespace tierbuild::cli {
namespace {

namespace stdfs = std::filesystem;

// `requirements/ml.txt`, `requirements-ml.txt` → `python-ml`.
std::string tier_name_for(const std::string& requirements) {
  std::string stem = lower(stdfs::path(requirements).stem().string());
  for (std::string_view word : {"requirements", "requirement", "reqs"})
    if (size_t at = stem.find(word); at != std::string::npos) stem.erase(at, word.size());
  std::string name = target_name(stem);
  return stem.find_first_not_of("-_. ") == std::string::npos ? "python-base" : target_name("python-" + name);
}

// `docker.io/library/python:3.12-slim` → `python`.
std::string short_name_of(const std::string& image) {
  auto reference = image::Reference::parse(image);
  std::string repository = reference ? reference->repository : "shared";
  return target_name(repository.substr(repository.rfind('/') + 1));
}

// A local name that hides nothing of the language, none of whose words has an underscore.
std::string variable_for(const std::string& name) {
  std::string out;
  for (char c : name) out += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  if (std::isdigit(static_cast<unsigned char>(out[0]))) out = "t_" + out;
  return out.find('_') == std::string::npos ? out + "_tier" : out;
}

class Planner {
 public:
  explicit Planner(const Repository& repository) : repository_(repository) {
    for (const Component& component : repository.components) taken_.insert(component.name);
  }

  TierPlan plan() {
    const std::vector<Component>& components = repository_.components;
    plan_.tier_of.resize(components.size());
    for (const Component& component : components)
      if (std::string parent = parent_of(component.requirements); !parent.empty()) require(parent);
    count_images();
    for (const std::string& file : order_) add_requirements_tier(file);
    for (size_t i = 0; i < components.size(); ++i) {
      std::string parent = parent_of(components[i].requirements);
      if (!parent.empty()) {
        plan_.tier_of[i] = of_file_.at(parent);
      } else {
        bool guessed = false;
        auto shared = of_image_.find(base_image(repository_, components[i], guessed));
        if (shared != of_image_.end()) plan_.tier_of[i] = shared->second;
      }
    }
    for (size_t tier = 0; tier < plan_.tiers.size(); ++tier)
      if (!plan_.tiers[tier].below) share(tier);
    return std::move(plan_);
  }

 private:
  // The first file that this one includes.
  std::string parent_of(const std::string& file) const {
    auto includes = repository_.includes.find(file);
    if (includes == repository_.includes.end() || includes->second.empty()) return {};
    return includes->second.front();
  }

  // Notes a file and what it stands on, lowest first; files that include each other are cut apart.
  void require(const std::string& file) {
    if (!required_.insert(file).second) return;
    std::string parent = parent_of(file);
    if (!parent.empty() && !open_.contains(parent)) {
      open_.insert(file);
      require(parent);
      open_.erase(file);
      stands_on_[file] = parent;
    }
    order_.push_back(file);
  }

  std::string lowest(std::string file) const {
    for (auto next = stands_on_.find(file); next != stands_on_.end(); next = stands_on_.find(file))
      file = next->second;
    return file;
  }

  // An image below a single thing needs no tier.
  void count_images() {
    std::map<std::string, std::map<std::string, int>> votes;  // lowest file → image → services
    std::map<std::string, int> users;
    std::vector<std::string> images;
    std::map<std::string, bool> guessed_image;
    auto use = [&](const std::string& image) {
      if (users[image]++ == 0) images.push_back(image);
    };
    for (const Component& component : repository_.components) {
      bool guessed = false;
      std::string image = base_image(repository_, component, guessed);
      guessed_image.try_emplace(image, true).first->second &= guessed;
      if (std::string parent = parent_of(component.requirements); !parent.empty())
        ++votes[lowest(parent)][image];
      else
        use(image);
    }
    for (const std::string& file : order_) {
      if (stands_on_.contains(file)) continue;
      const auto& counted = votes[file];
      auto most = std::max_element(counted.begin(), counted.end(),
                                   [](const auto& a, const auto& b) { return a.second < b.second; });
      if (most == counted.end()) continue;
      image_of_file_[file] = {most->first, guessed_image[most->first]};
      use(most->first);
    }
    // Names of requirements come first: they say more.
    for (const std::string& file : order_) name_of_file_[file] = unique(tier_name_for(file));
    for (const std::string& image : images) {
      if (users[image] < 2 || image.empty()) continue;
      PlannedTier tier;
      std::string name = short_name_of(image);
      tier.name = unique(taken_.contains(name + "-base") ? name : name + "-base");
      tier.base = image;
      tier.is_guess = guessed_image[image];
      of_image_[image] = add(std::move(tier));
    }
  }

  void add_requirements_tier(const std::string& file) {
    PlannedTier tier;
    tier.name = name_of_file_[file];
    tier.requirements = file;
    if (auto below = stands_on_.find(file); below != stands_on_.end()) {
      tier.below = of_file_.at(below->second);
    } else {
      auto [image, guessed] = image_of_file_[file];
      if (auto shared = of_image_.find(image); shared != of_image_.end()) {
        tier.below = shared->second;
      } else {
        tier.base = image;
        tier.is_guess = guessed;
      }
    }
    of_file_[file] = add(std::move(tier));
  }

  std::string unique(const std::string& name) {
    std::string out = name;
    for (int number = 2; !taken_.insert(out).second; ++number) out = fmt::format("{}-{}", name, number);
    return out;
  }

  size_t add(PlannedTier tier) {
    tier.variable = variable_for(tier.name);
    while (!variables_.insert(tier.variable).second) tier.variable += "_";
    plan_.tiers.push_back(std::move(tier));
    return plan_.tiers.size() - 1;
  }

  // Moves into a lowest tier what all that stands on it have.
  void share(size_t tier) {
    PlannedTier& shared = plan_.tiers[tier];
    bool is_first = true;
    int users = 0;
    for (size_t i = 0; i < repository_.components.size(); ++i) {
      if (plan_.root_of(i) != tier) continue;
      const DockerFacts& facts = repository_.components[i].facts;
      ++users;
      if (std::exchange(is_first, false)) {
        shared.workdir = facts.workdir;
        shared.env = facts.env;
        shared.apt = facts.apt;
        continue;
      }
      if (shared.workdir != facts.workdir) shared.workdir.clear();
      auto keep = [](auto& mine, const auto& theirs) {
        std::erase_if(mine, [&](const auto& one) {
          return std::find(theirs.begin(), theirs.end(), one) == theirs.end();
        });
      };
      keep(shared.env, facts.env);
      keep(shared.apt, facts.apt);
    }
    if (users > 1) return;
    shared.workdir.clear();
    shared.env.clear();
    shared.apt.clear();
  }

  const Repository& repository_;
  TierPlan plan_;
  std::vector<std::string> order_;  // requirements files that become tiers
  std::set<std::string> required_, open_, taken_, variables_;
  std::map<std::string, std::string> stands_on_, name_of_file_;
  std::map<std::string, std::pair<std::string, bool>> image_of_file_;
  std::map<std::string, size_t> of_file_, of_image_;
};

}  // namespace

std::optional<size_t> TierPlan::root_of(size_t component) const {
  std::optional<size_t> tier = tier_of[component];
  while (tier && tiers[*tier].below) tier = tiers[*tier].below;
  return tier;
}

std::string base_image(const Repository& repository, const Component& component, bool& guessed) {
  const std::string& base = component.facts.base;
  guessed = base != "scratch" && (base.empty() || !image::Reference::parse(base));
  if (!guessed) return base;
  switch (component.kind) {
    case ComponentKind::python_requirements:
    case ComponentKind::python_project:
      return fmt::format("python:{}-slim", repository.python);
    case ComponentKind::node:
      return "node:20-slim";
    case ComponentKind::dockerfile:
      break;
  }
  return "debian:12-slim";
}

TierPlan plan_tiers(const Repository& repository) {
  return Planner(repository).plan();
}

}  // namespace tierbuild::cli
