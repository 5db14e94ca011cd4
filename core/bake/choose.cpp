#include <algorithm>
#include <filesystem>

#include "bake/bake.hpp"
#include "base/strings.hpp"

namespace tierbuild::bake {
namespace {

using document::Node;

Error no_hcl(const std::string& file) {
  return Error::make(Code::invalid, "'{}' is HCL, which is not read here", file)
      .at({file, 0, 0})
      .hint("`docker buildx bake --print > docker-bake.json` writes what it says as JSON; build that");
}

/// Follows groups, `inherits` and contexts from what was asked for.
class Choice {
 public:
  explicit Choice(const Targets& all) : all_(all) {}

  Result<Chosen> make(const std::vector<std::string>& names) {
    std::vector<std::string> asked = names;
    for (std::string& name : asked) {  // the name of a service, maybe
      bool known = all_.find_group(name) != nullptr || all_.find(name) != nullptr;
      if (!known && all_.find(target_name(name)) != nullptr) name = target_name(name);
    }
    if (asked.empty()) asked = {"default"};
    for (const std::string& name : asked) TB_TRY(expand(name, {}));
    bool is_default = asked == std::vector<std::string>{"default"};
    if (!is_default || all_.find_group("default") == nullptr) {
      Group group;
      group.name = "default";
      for (const std::string& name : asked) group.targets.push_back(Node::of(name, {}));
      std::erase_if(out_.groups, [](const Group& one) { return one.name == "default"; });
      out_.groups.insert(out_.groups.begin(), std::move(group));
    }
    for (const std::string& name : out_.names) TB_TRY(add(name, {}));
    return std::move(out_);
  }

 private:
  Status expand(const std::string& name, const Location& where) {
    const Group* group = all_.find_group(name);
    if (group == nullptr) {
      auto target = inherited(all_, name);
      if (!target && name == "default" && !where.known())
        return Error(Code::invalid, "the files have neither a group nor a target 'default'")
            .hint("name what is to be built");
      if (!target) return placed(std::move(target).error(), where);
      if (std::find(out_.names.begin(), out_.names.end(), name) == out_.names.end())
        out_.names.push_back(name);
      return {};
    }
    if (!seen_.insert(name).second) return {};
    out_.groups.push_back(*group);
    for (const Node& part : group->targets) {
      if (part.text == name && all_.find(name) != nullptr) {  // a target of the group's own name
        if (std::find(out_.names.begin(), out_.names.end(), name) == out_.names.end())
          out_.names.push_back(name);
        continue;
      }
      TB_TRY(expand(part.text, part.where));
    }
    return {};
  }

  static Error placed(Error error, const Location& where) {
    return error.where().known() || !where.known() ? std::move(error) : std::move(error).at(where);
  }

  // Behind those that it names as contexts.
  Status add(const std::string& name, const Location& where) {
    bool is_there = std::any_of(out_.targets.begin(), out_.targets.end(),
                                [&](const Target& target) { return target.name == name; });
    if (is_there) return {};
    auto found = inherited(all_, name);
    if (!found) return placed(std::move(found).error(), where);
    Target target = std::move(found).value();
    if (!open_.insert(name).second)
      return Error::make(Code::invalid, "target '{}' needs itself, by way of its contexts", name)
          .at(where.known() ? where : target.where);
    if (const Node* contexts = target.attributes.find("contexts"))
      for (const document::Member& context : contexts->members)
        if (context.value.text.starts_with("target:"))
          TB_TRY(add(context.value.text.substr(7), context.value.where));
    open_.erase(name);
    out_.targets.push_back(std::move(target));
    return {};
  }

  const Targets& all_;
  Chosen out_;
  std::set<std::string> seen_, open_;
};

}  // namespace

FileKind kind_of(const std::string& path, const compose::ReadFile& read) {
  std::string name = lower(std::filesystem::path(path).filename().string());
  if (name.ends_with(".hcl")) return FileKind::hcl;
  if (name.ends_with(".yaml") || name.ends_with(".yml")) return FileKind::compose;
  if (!name.ends_with(".json")) return FileKind::other;
  auto text = read(path);
  if (!text) return FileKind::json;
  auto root = document::read_json(*text, path);
  return root && root->find("services") != nullptr && root->find("target") == nullptr ? FileKind::compose
                                                                                      : FileKind::json;
}

std::vector<std::string> default_files(const std::string& directory,
                                       const std::function<bool(const std::string& path)>& exists) {
  std::vector<std::string> found;
  for (const char* name :
       {"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml", "docker-bake.json",
        "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl"})
    if (std::string path = directory + "/" + name; exists(path)) found.push_back(std::move(path));
  return found;
}

Result<Chosen> choose(const Options& options, const compose::ReadFile& read) {
  compose::Options composed;
  composed.environment = options.environment;
  std::vector<JsonFile> baked;
  for (const std::string& file : options.files) {
    FileKind kind = kind_of(file, read);
    if (kind == FileKind::hcl) return no_hcl(file);
    if (kind != FileKind::json) {
      composed.files.push_back(file);
      continue;
    }
    TB_LET(std::string text, read(file));
    baked.push_back({file, std::move(text)});
  }
  Targets all;
  if (!composed.files.empty()) {
    TB_LET(compose::Project project, compose::load(composed, read));
    TB_LET(all, targets_of(std::move(project)));
  }
  TB_LET(Targets over, targets_of(baked, options.environment));
  for (Target& target : over.targets) all.lay(std::move(target));
  for (Group& group : over.groups) all.lay(std::move(group));
  std::move(over.warnings.begin(), over.warnings.end(), std::back_inserter(all.warnings));
  TB_TRY(set(all, options.overrides, options.environment));
  TB_LET(Chosen chosen, Choice(all).make(options.names));
  chosen.warnings = std::move(all.warnings);
  return chosen;
}

}  // namespace tierbuild::bake
