// Projects of the workspace: what their pyproject.toml says, and wheels made of them.
#include <toml++/toml.h>

#include "base/strings.hpp"
#include "bindings/python_work.hpp"

namespace tierbuild::bindings {
namespace {

Error bad(const std::string& message) {
  return fault(Fault::bad_requirement, "{}", message);
}

bool is_archive(std::string_view path) {
  for (std::string_view end : {".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"})
    if (path.ends_with(end)) return true;
  return false;
}

// The strings of an array as requirements, each with its place.
Result<std::vector<python::Requirement>> requirements_in(const toml::array& array, const std::string& file) {
  std::vector<python::Requirement> entries;
  for (const toml::node& node : array) {
    toml::source_position begin = node.source().begin;
    Location where{file, static_cast<int>(begin.line), static_cast<int>(begin.column) + 1};
    const auto* text = node.as_string();
    if (text == nullptr) return bad("dependencies are a list of strings").at(where);
    auto entry = python::parse_requirement(text->get(), where);
    if (!entry) return std::move(entry).error().id(number_of(Fault::bad_requirement));
    entries.push_back(std::move(*entry));
  }
  return entries;
}

bool is_dynamic(const toml::table& project, std::string_view field) {
  if (const toml::array* dynamic = project["dynamic"].as_array())
    for (const toml::node& node : *dynamic)
      if (const auto* name = node.as_string(); name != nullptr && name->get() == field) return true;
  return false;
}

}  // namespace

Result<const PythonWork::Project*> PythonWork::project_in(const std::string& directory) {
  if (auto known = projects_.find(directory); known != projects_.end())
    return known->second ? &*known->second : nullptr;
  std::string path = directory + "/pyproject.toml";
  TB_LET(bool exists, session_.view().exists(path, LastLink::follow));
  if (!exists) {
    projects_[directory] = std::nullopt;
    return nullptr;
  }
  TB_LET(std::string text, session_.view().read(path));
  TB_TRY(session_.runtime().charge(text.size()));
  std::string file = session_.view().relative(path);
  try {
    toml::table document = toml::parse(text);
    Project made;
    if (const toml::table* project = document["project"].as_table()) {
      made.name = python::normalise((*project)["name"].value_or(std::string()));
      if (!is_dynamic(*project, "dependencies")) {
        made.needs.emplace();
        if (const toml::array* array = (*project)["dependencies"].as_array()) {
          TB_LET(made.needs, requirements_in(*array, file));
        }
      }
      if (!is_dynamic(*project, "optional-dependencies")) {
        made.extras.emplace();
        if (const toml::table* extras = (*project)["optional-dependencies"].as_table())
          for (const auto& [name, list] : *extras)
            if (const toml::array* array = list.as_array()) {
              TB_LET((*made.extras)[python::normalise(name.str())], requirements_in(*array, file));
            }
      }
    }
    return &*(projects_[directory] = std::move(made));
  } catch (const toml::parse_error& error) {
    toml::source_position begin = error.source().begin;
    return fault(Fault::bad_data, "{}", std::string(error.description()))
        .at({file, static_cast<int>(begin.line), static_cast<int>(begin.column)});
  } catch (const std::exception& error) {
    return fault(Fault::bad_data, "'{}': {}", file, error.what());
  }
}

// The dependencies with those of the extras; `all = ["self[a,b]"]` refers to further ones.
Result<std::vector<python::Requirement>> PythonWork::needs_of(const Project& project,
                                                              const std::vector<std::string>& extras,
                                                              const Place& place) {
  std::vector<python::Requirement> needs = *project.needs;
  std::vector<std::string> waiting = extras, done;
  while (!waiting.empty()) {
    std::string extra = python::normalise(waiting.back());
    waiting.pop_back();
    if (std::find(done.begin(), done.end(), extra) != done.end()) continue;
    done.push_back(extra);
    auto found = project.extras->find(extra);
    if (found == project.extras->end()) {
      std::vector<std::string> known;
      for (const auto& [name, entries] : *project.extras) known.push_back(name);
      Error error =
          bad(fmt::format("'{}' has no extra '{}'{}", project.name, extra, did_you_mean(extra, known)));
      if (!known.empty()) error = std::move(error).hint("it has " + join(known, ", "));
      return session_.at(std::move(error), place);
    }
    for (const python::Requirement& entry : found->second)
      if (entry.name == project.name)
        waiting.insert(waiting.end(), entry.extras.begin(), entry.extras.end());
      else
        needs.push_back(entry);
  }
  return needs;
}

Result<python::RequirementsList> PythonWork::read_project(const std::string& directory,
                                                          const std::vector<std::string>& extras,
                                                          const Place& place) {
  TB_LET(const Project* project, project_in(directory));
  std::string shown = session_.view().relative(directory);
  if (project != nullptr && project->needs && project->extras) {
    python::RequirementsList list;
    TB_LET(list.entries, needs_of(*project, extras, place));
    return list;
  }
  std::string file = directory + "/requirements.txt";
  TB_LET(bool exists, session_.view().exists(file, LastLink::follow));
  if (exists && extras.empty()) return read(file);
  if (project != nullptr && !project->name.empty())
    return session_.at(bad(fmt::format("only a build of '{}' tells what it depends on", shown))
                           .hint("its pyproject.toml says that they are dynamic; python.wheel builds it"),
                       place);
  return session_.at(
      bad(fmt::format("'{}' has neither a pyproject.toml with [project] nor a requirements.txt{}", shown,
                      exists ? " with extras" : "")),
      place);
}

Result<std::shared_ptr<const Wheel>> PythonWork::wheel(const std::string& path,
                                                       std::vector<std::string> extras, const Place& place) {
  View& view = session_.view();
  auto made = std::make_shared<Wheel>();
  made->path = path;
  made->built = is_archive(path);
  for (std::string& extra : extras) extra = python::normalise(extra);
  std::sort(extras.begin(), extras.end());
  extras.erase(std::unique(extras.begin(), extras.end()), extras.end());
  made->extras = std::move(extras);
  TB_LET(bool exists, view.exists(path, LastLink::follow));
  if (!exists) {
    std::string name = path.substr(path.rfind('/') + 1);
    return session_.at(fault(Fault::no_source, "there is no '{}'{}", view.relative(path),
                             did_you_mean(name, view.neighbours(path))),
                       place);
  }
  if (made->built) {
    if (auto named = python::parse_requirement("./" + path.substr(path.rfind('/') + 1), {}))
      made->name = named->name;
    return std::shared_ptr<const Wheel>(std::move(made));
  }
  TB_LET(const Project* project, project_in(path));
  if (project == nullptr) {
    TB_LET(bool setup, view.exists(path + "/setup.py", LastLink::follow));
    if (!setup)
      return session_.at(
          bad(fmt::format("'{}' has neither a pyproject.toml nor a setup.py", view.relative(path))), place);
  } else {
    made->name = project->name;
    if (project->needs && (made->extras.empty() || project->extras)) {
      TB_LET(made->needs, needs_of(*project, made->extras, place));
    }
  }
  return std::shared_ptr<const Wheel>(std::move(made));
}

}  // namespace tierbuild::bindings
