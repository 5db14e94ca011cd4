#include "compose/load.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/strings.hpp"
#include "compose/model.hpp"

namespace tierbuild::compose {
namespace {

using document::Member;
using document::Node;

constexpr size_t kDeepest = 32;  // includes and `extends` in each other

/// One model: a project, or what one entry of `include` names.
class Loader {
 public:
  Loader(const ReadFile& read, std::vector<Error>& warnings, std::vector<std::string> chain)
      : read_(read), warnings_(warnings), chain_(std::move(chain)) {}

  Result<Node> load(const std::vector<std::string>& files, const std::string& directory,
                    const Environment& environment) {
    Node model = Node::map({});
    for (const std::string& file : files) {
      TB_LET(std::vector<Node> documents, parse(file, directory, environment));
      for (Node& document : documents) {
        TB_TRY(extend_all(document, file, directory, environment));
        TB_LET(Node included, include_all(document, directory, environment));
        document.remove("include");
        TB_TRY(merge(model, std::move(document)));
        TB_TRY(take_included(model, std::move(included)));
      }
    }
    return model;
  }

 private:
  // The documents of a file, canonical, with neither `extends` nor `include` carried out.
  Result<std::vector<Node>> parse(const std::string& file, const std::string& directory,
                                  const Environment& environment) {
    TB_LET(std::string text, read_(file));
    TB_LET(std::vector<Node> documents, document::read_yaml(text, file));
    std::erase_if(documents, [](const Node& document) { return document.is_null(); });
    if (documents.empty()) return Error(Code::invalid, "the file is empty").at({file, 0, 0});
    for (Node& document : documents) {
      TB_TRY(interpolate(document, environment, warnings_));
      TB_TRY(make_canonical(document, directory, warnings_));
    }
    return documents;
  }

  Status extend_all(Node& document, const std::string& file, const std::string& directory,
                    const Environment& environment) {
    Node* services = document.find("services");
    if (services == nullptr) return {};
    std::vector<std::string> names;
    for (const Member& service : services->members) names.push_back(service.name);
    for (const std::string& name : names) {
      std::vector<std::string> trail;
      TB_TRY(extend(*services, name, file, directory, environment, trail));
    }
    return {};
  }

  // Carries `extends` of one service out, and of what it stands on.
  Status extend(Node& services, const std::string& name, const std::string& file,
                const std::string& directory, const Environment& environment,
                std::vector<std::string>& trail) {
    const Node* extends = services.find(name)->find("extends");
    if (extends == nullptr || extends->is_null()) return {};
    Location where = extends->where;
    std::string place = file + "#" + name;
    if (std::find(trail.begin(), trail.end(), place) != trail.end() || trail.size() > kDeepest)
      return Error::make(Code::invalid, "service '{}' extends itself", name).at(where);
    trail.push_back(place);

    std::string base_name, base_file;
    if (extends->is_map()) {
      const Node *service = extends->find("service"), *from = extends->find("file");
      if (service == nullptr) return Error(Code::invalid, "'extends' lacks 'service'").at(where);
      TB_LET(base_name, text_of(*service, "extends.service"));
      if (from != nullptr) {
        TB_LET(base_file, text_of(*from, "extends.file"));
      }
    } else {
      TB_LET(base_name, text_of(*extends, "extends"));
    }
    Node base;
    if (base_file.empty() || base_file == file) {
      if (services.find(base_name) == nullptr) return no_base(base_name, file, where);
      TB_TRY(extend(services, base_name, file, directory, environment, trail));
      base = *services.find(base_name);
    } else {
      std::string there = directory_of(base_file);
      TB_LET(std::vector<Node> documents, parse(base_file, there, environment), "in 'extends' of {}", name);
      Node* others = documents.front().find("services");
      if (others == nullptr || others->find(base_name) == nullptr)
        return no_base(base_name, base_file, where);
      TB_TRY(extend(*others, base_name, base_file, there, environment, trail));
      base = std::move(*others->find(base_name));
    }
    base.remove("extends");
    Node own = std::move(*services.find(name));
    own.remove("extends");
    base.where = own.where;
    TB_TRY(merge(base, std::move(own)));
    *services.find(name) = std::move(base);
    trail.pop_back();
    return {};
  }

  static Error no_base(const std::string& name, const std::string& file, const Location& where) {
    return Error::make(Code::not_found, "'{}' has no service '{}' to extend", file, name).at(where);
  }

  Result<Node> include_all(const Node& document, const std::string& directory,
                           const Environment& environment) {
    Node all = Node::map({});
    const Node* entries = document.find("include");
    if (entries == nullptr) return all;
    for (const Node& entry : entries->items) {
      TB_LET(Node one, include(entry, directory, environment));
      TB_TRY(take_included(all, std::move(one)));
    }
    return all;
  }

  Result<Node> include(const Node& entry, const std::string& directory, const Environment& environment) {
    const Node *paths = entry.is_map() ? entry.find("path") : &entry, *project = nullptr, *env = nullptr;
    if (entry.is_map()) project = entry.find("project_directory"), env = entry.find("env_file");
    if (paths == nullptr) return Error(Code::invalid, "an entry of 'include' lacks 'path'").at(entry.where);
    TB_LET(std::vector<std::string> files, texts_of(*paths, "include.path"));
    if (files.empty()) return Error(Code::invalid, "an entry of 'include' lacks 'path'").at(entry.where);
    std::vector<std::string> chain = chain_;
    for (std::string& file : files) {
      file = absolute(file, directory);
      if (std::find(chain.begin(), chain.end(), file) != chain.end() || chain.size() > kDeepest)
        return Error::make(Code::invalid, "'{}' includes itself", file).at(entry.where);
    }
    chain.insert(chain.end(), files.begin(), files.end());
    std::string there = directory_of(files[0]);
    if (project != nullptr) {
      TB_LET(std::string path, text_of(*project, "include.project_directory"));
      there = absolute(path, directory);
    }
    std::vector<std::string> env_files;
    if (env != nullptr) {
      TB_LET(env_files, texts_of(*env, "include.env_file"));
    }
    for (std::string& file : env_files) file = absolute(file, directory);
    TB_LET(Environment inner, with_env_files(environment, env_files, there, read_));
    return Loader(read_, warnings_, std::move(chain)).load(files, there, inner);
  }

  // What is included must not say otherwise what is there.
  static Status take_included(Node& model, Node included) {
    for (const char* section : {"services", "secrets"}) {
      Node* from = included.find(section);
      if (from == nullptr) continue;
      if (model.find(section) == nullptr) model.set(section, Node::map(from->where));
      Node* into = model.find(section);
      for (Member& member : from->members) {
        const Node* there = into->find(member.name);
        if (there == nullptr)
          into->members.push_back(std::move(member));
        else if (!there->same(member.value))
          return Error::make(Code::exists, "'{}.{}' is declared here and in a file that is included", section,
                             member.name)
              .at(there->where)
              .hint("the other stands in " + member.where.str());
      }
    }
    return {};
  }

 public:
  // The environment with what files add to it; without files, the directory's .env if it has one.
  static Result<Environment> with_env_files(const Environment& environment,
                                            const std::vector<std::string>& files,
                                            const std::string& directory, const ReadFile& read) {
    Environment all = environment;
    std::vector<std::string> names = files;
    if (names.empty()) names.push_back(absolute(".env", directory));
    Environment added;
    for (const std::string& name : names) {
      Result<std::string> text = read(name);
      if (!text && files.empty()) break;
      if (!text) return std::move(text).error();
      TB_LET(auto entries, read_env(*text, name, [&](const std::string& key) -> std::optional<std::string> {
               auto found = environment.find(key);
               return found == environment.end() ? std::nullopt : std::optional(found->second);
             }));
      for (auto& [key, value] : entries)
        if (value) added[key] = *value;
    }
    all.merge(std::move(added));
    return all;
  }

 private:
  const ReadFile& read_;
  std::vector<Error>& warnings_;
  std::vector<std::string> chain_;
};

// What the service's processes would see, for arguments without a value.
Result<std::map<std::string, std::optional<std::string>>> environment_of(const Node& service,
                                                                         const Environment& environment,
                                                                         const ReadFile& read) {
  std::map<std::string, std::optional<std::string>> all;
  Lookup lookup = [&](const std::string& name) -> std::optional<std::string> {
    auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  if (const Node* files = service.find("env_file"))
    for (const Node& entry : files->items) {
      const Node* path = entry.is_map() ? entry.find("path") : &entry;
      if (path == nullptr) return Error(Code::invalid, "an entry of 'env_file' lacks 'path'").at(entry.where);
      const Node* required = entry.find("required");
      TB_LET(std::string name, text_of(*path, "env_file"));
      Result<std::string> text = read(name);
      if (!text && required != nullptr && required->text == "false") continue;
      if (!text) return std::move(text).error().at(path->where);
      TB_LET(auto entries, read_env(*text, name, lookup));
      for (auto& [key, value] : entries) all.insert_or_assign(key, std::move(value));
    }
  if (const Node* own = service.find("environment"))
    for (const Member& member : own->members)
      all[member.name] = member.value.is_scalar() ? std::optional(member.value.text) : lookup(member.name);
  return all;
}

// Arguments without a value get that of the service's environment, else the project's; else they go.
Status fill_arguments(Node& service, const Environment& environment, const ReadFile& read) {
  Node* build = service.find("build");
  Node* args = build == nullptr ? nullptr : build->find("args");
  if (args == nullptr || std::none_of(args->members.begin(), args->members.end(),
                                      [](const Member& m) { return m.value.is_null(); }))
    return {};
  TB_LET(auto own, environment_of(service, environment, read));
  for (Member& member : args->members) {
    if (!member.value.is_null()) continue;
    auto mine = own.find(member.name);
    auto project = environment.find(member.name);
    if (mine != own.end() && mine->second)
      member.value = Node::of(*mine->second, member.where);
    else if (project != environment.end())
      member.value = Node::of(project->second, member.where);
  }
  std::erase_if(args->members, [](const Member& member) { return member.value.is_null(); });
  return {};
}

Status read_watch(Service& service) {
  const Node* develop = service.node.find("develop");
  const Node* rules = develop == nullptr ? nullptr : develop->find("watch");
  if (rules == nullptr) return {};
  for (const Node& rule : rules->items) {
    Watch watch;
    watch.where = rule.where;
    for (auto [name, into] :
         {std::pair{"action", &watch.action}, {"path", &watch.path}, {"target", &watch.target}})
      if (const Node* value = rule.find(name)) {
        TB_LET(*into, text_of(*value, name));
      }
    for (auto [name, into] : {std::pair{"ignore", &watch.ignore}, {"include", &watch.include}})
      if (const Node* value = rule.find(name)) {
        TB_LET(*into, texts_of(*value, name));
      }
    if (watch.action.empty() || watch.path.empty())
      return Error(Code::invalid, "an entry of 'develop.watch' needs 'action' and 'path'").at(rule.where);
    service.watch.push_back(std::move(watch));
  }
  return {};
}

// Docker's names of projects: lower case, digits, '_' and '-', first a letter or digit.
std::string project_name(std::string_view text) {
  std::string name;
  for (char c : lower(text)) {
    bool first = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (first || (!name.empty() && (c == '_' || c == '-'))) name += c;
  }
  return name;
}

}  // namespace

const Service* Project::find(std::string_view wanted) const {
  auto found = std::find_if(services.begin(), services.end(),
                            [&](const Service& service) { return service.name == wanted; });
  return found == services.end() ? nullptr : &*found;
}

Result<Project> load(const Options& options, const ReadFile& read) {
  Project project;
  project.directory = options.directory.empty() ? directory_of(options.files.at(0)) : options.directory;
  TB_LET(project.environment,
         Loader::with_env_files(options.environment, options.env_files, project.directory, read));
  TB_LET(Node model, Loader(read, project.warnings, options.files)
                         .load(options.files, project.directory, project.environment));
  auto named = project.environment.find("COMPOSE_PROJECT_NAME");
  if (named != project.environment.end() && !named->second.empty())
    project.name = named->second;
  else if (const Node* name = model.find("name")) {
    TB_LET(project.name, text_of(*name, "name"));
  }
  project.name = project_name(
      project.name.empty() ? std::filesystem::path(project.directory).filename().string() : project.name);

  const Node* secrets = model.find("secrets");
  project.secrets = secrets == nullptr ? Node::map({}) : *secrets;
  Node* services = model.find("services");
  if (services == nullptr || services->members.empty())
    return Error(Code::invalid, "the file has no services").at({options.files.at(0), 0, 0});
  for (Member& member : services->members) {
    Service service;
    service.name = member.name;
    service.where = member.where;
    service.node = std::move(member.value);
    TB_TRY(fill_arguments(service.node, project.environment, read));
    TB_TRY(read_watch(service));
    if (const Node* profiles = service.node.find("profiles")) {
      TB_LET(service.profiles, texts_of(*profiles, "profiles"));
    }
    project.services.push_back(std::move(service));
  }
  return project;
}

}  // namespace tierbuild::compose
