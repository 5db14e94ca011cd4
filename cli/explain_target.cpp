#include "cli/explain_target.hpp"

#include <map>
#include <set>

#include "base/strings.hpp"
#include "bindings/schema.hpp"
#include "bindings/written.hpp"

namespace tierbuild::cli {
namespace {

using bindings::Explanation;
using bindings::How;
using bindings::Setting;
using Settings = std::vector<Setting>;

std::string root_of(const std::string& field) {
  return field.substr(0, field.find('.'));
}

bool is_inherited(const std::string& field) {
  static const std::set<std::string> kInherited{"env",     "labels", "user",       "workdir",    "expose",
                                                "volumes", "cmd",    "entrypoint", "healthcheck"};
  return kInherited.contains(root_of(field));
}
// Ports and volumes of an image join those of the image below.
bool is_set(const std::string& field) {
  return field == "expose" || field == "volumes";
}

// `fastapi>=0.100,<1`; a path or URL stands for itself.
std::string wanted_version(const python::Requirement& requirement) {
  std::vector<std::string> clauses;
  for (const python::Specifier& clause : requirement.specifiers)
    clauses.push_back(clause.op + clause.version);
  return requirement.url.empty() ? requirement.spelled + join(clauses, ",") : requirement.url;
}

// The `-r` lines that led to a requirement.
std::string via(const python::Requirement& requirement) {
  std::string out;
  for (const Location& line : requirement.via) out += (out.empty() ? "via " : ", ") + line.str();
  return out;
}

// In the order in which the fields of a target are documented; what is no field of it comes last.
void sort_by_schema(Settings& settings) {
  std::map<std::string, size_t> order;
  for (const bindings::Schema& schema : bindings::schemas())
    if (schema.name == "service")
      for (const bindings::Field& field : schema.fields) order.emplace(field.name, order.size());
  auto rank = [&](const Setting& setting) {
    auto found = order.find(root_of(setting.field));
    return found == order.end() ? order.size() : found->second;
  };
  std::stable_sort(settings.begin(), settings.end(),
                   [&](const Setting& a, const Setting& b) { return rank(a) < rank(b); });
}

/// `above` laid on what an image below brings.
void lay(Settings& below, Settings above) {
  auto of = [&](const std::string& field) {
    return [&field](const Setting& setting) { return setting.field == field; };
  };
  bool entrypoint = std::any_of(above.begin(), above.end(), of("entrypoint"));
  bool command = std::any_of(above.begin(), above.end(), of("cmd"));
  auto cmd = std::find_if(below.begin(), below.end(), of("cmd"));
  if (entrypoint && !command && cmd != below.end()) {
    auto cause = std::find_if(above.begin(), above.end(), of("entrypoint"));
    Setting dropped{"cmd", "nil",     cause->where,     "a new entrypoint drops it",
                    {},    How::over, {std::move(*cmd)}};
    *cmd = std::move(dropped);
  }
  for (Setting& setting : above) {
    auto old =
        is_set(setting.field) ? below.end() : std::find_if(below.begin(), below.end(), of(setting.field));
    bool list = setting.how == How::appended;
    if (old == below.end() || list || !is_inherited(setting.field)) {
      below.push_back(std::move(setting));
      continue;
    }
    if (old->where == setting.where && old->value == setting.value) {  // both have it from the defaults
      *old = std::move(setting);
      continue;
    }
    setting.how = setting.how == How::set ? How::over : setting.how;
    setting.instead_of.push_back(*old);
    Settings deeper = std::move(setting.instead_of.back().instead_of);
    setting.instead_of.back().instead_of.clear();
    std::move(deeper.begin(), deeper.end(), std::back_inserter(setting.instead_of));
    *old = std::move(setting);
  }
}

class Explainer {
 public:
  Explainer(const project::Project& project, const std::vector<Explanation>& all)
      : project_(project), all_(all) {}

  Settings of(const project::TargetDecl& target) {
    if (!open_.insert(&target).second) return {};  // a cycle, which lowering reports
    Settings settings;
    if (target.from) settings = of(*target.from);
    for (const Explanation& own : all_)
      if (own.target == target.id()) lay(settings, own.settings);
    open_.erase(&target);
    return settings;
  }

 private:
  Settings of(const project::Image& image) {
    Settings settings;
    if (const auto* named = std::get_if<project::NamedBase>(&image.base)) {
      if (const project::TargetDecl* tier = project_.find_target(named->name)) settings = inherited(*tier);
    } else if (const auto* below = std::get_if<project::ImagePtr>(&image.base)) {
      settings = of(**below);
    }
    for (const auto& op : image.ops)
      if (const auto* patch = std::get_if<graph::ConfigPatch>(&op)) lay(settings, of(*patch, image.where));
    return settings;
  }

  Settings inherited(const project::TargetDecl& tier) {
    Settings settings = of(tier);
    std::erase_if(settings, [](const Setting& setting) { return !is_inherited(setting.field); });
    for (Setting& setting : settings)
      if (setting.through.empty())
        setting.through = fmt::format("{} '{}'", graph::name_of(tier.kind), tier.name);
    return settings;
  }

  // What the methods of an image value set.
  static Settings of(const graph::ConfigPatch& patch, const Location& where) {
    Settings settings;
    auto add = [&](std::string field, bindings::Value value) {
      settings.push_back(
          {std::move(field), bindings::written(value), where, "a method of the image", {}, {}, {}});
    };
    auto add_words = [&](const char* field, const std::optional<std::vector<std::string>>& words) {
      if (words) add(field, bindings::Value(bindings::Table{{words->begin(), words->end()}, {}, {}}));
    };
    for (const auto& [name, value] : patch.env) add("env." + name, value);
    for (const auto& [name, value] : patch.labels) add("labels." + name, value);
    for (const std::string& directory : patch.path_prepend) add("env.PATH", directory + ":$PATH");
    if (patch.user) add("user", *patch.user);
    if (patch.workdir) add("workdir", *patch.workdir);
    for (const std::string& port : patch.exposed) add("expose", port);
    for (const std::string& path : patch.volumes) add("volumes", path);
    add_words("entrypoint", patch.entrypoint);
    add_words("cmd", patch.cmd);
    if (patch.healthcheck) add_words("healthcheck", patch.healthcheck->test);
    return settings;
  }

  const project::Project& project_;
  const std::vector<Explanation>& all_;
  std::set<const project::TargetDecl*> open_;
};

}  // namespace

std::vector<Setting> explain_target(const project::Project& project, const std::vector<Explanation>& all,
                                    const project::TargetDecl& target) {
  Settings settings = Explainer(project, all).of(target);
  for (const python::Requirement& requirement : target.requirements)
    settings.push_back({"requirements." + requirement.name,
                        bindings::written(wanted_version(requirement)),
                        requirement.where,
                        via(requirement),
                        {},
                        {},
                        {}});
  if (target.tags.empty())
    for (const project::RegistryDecl& registry : project.registries)
      for (const std::string& tag : registry.tags)
        settings.push_back({"tags",
                            bindings::written(tag),
                            registry.where,
                            fmt::format("registry '{}'", registry.name),
                            {},
                            {},
                            {}});
  sort_by_schema(settings);
  return settings;
}

}  // namespace tierbuild::cli
