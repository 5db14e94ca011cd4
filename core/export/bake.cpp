// A bake file: what `docker buildx bake --print` writes, with the Dockerfile in it unless the project exports
// one.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "export/dockerfile.hpp"
#include "graph/stamp.hpp"
#include "project/image_names.hpp"
#include "project/selector.hpp"

namespace tierbuild::exports {
namespace {

using Json = nlohmann::ordered_json;

// Bake replaces `${NAME}`; stamps come as variables, all else is meant as it is.
std::string with_variables(std::string_view text, std::set<std::string>& stamps) {
  std::string literal;
  for (size_t i = 0; i < text.size(); ++i) {
    bool template_begins = (text[i] == '$' || text[i] == '%') && text.substr(i + 1).starts_with('{');
    literal.append(template_begins ? 2 : 1, text[i]);
  }
  std::map<std::string, std::string> values;
  for (const std::string& stamp : graph::stamps_in(text)) {
    stamps.insert(stamp);
    values[stamp] = fmt::format("${{{}}}", stamp_variable(stamp));
  }
  auto filled = graph::fill_stamps(literal, values);
  return filled ? *filled : literal;
}

// The names of bake have fewer characters than ours: as with the services of a compose file, `_` stands for
// the others.
std::string bake_name(std::string name, const Json& taken) {
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-') c = '_';
  while (taken.contains(name)) name += '_';
  return name;
}

}  // namespace

Result<std::string> bake(const Request& request) {
  TB_LET(auto selected, project::select(request.project, request.graph, request.decl.build));
  Json names = Json::array(), targets = Json::object();
  std::set<std::string> stamps;
  std::filesystem::path directory = std::filesystem::path(request.decl.path).parent_path();
  std::string context =
      std::filesystem::path(request.project.workspace.root).lexically_proximate(directory).string();
  for (graph::TargetId id : selected) {
    const graph::Target& target = request.graph[id];
    const project::TargetDecl& decl = *request.project.find_target(target.id());
    std::string name = stage_name(request.graph, id);
    Json one;
    if (!decl.doc.empty()) one["description"] = decl.doc;
    one["context"] = context;
    std::string file = declared_dockerfile(request, id);
    if (file.empty()) {
      TB_LET(DockerStages stages, docker_stages(request, {id}));
      for (auto note = stages.notes.rbegin(); note != stages.notes.rend(); ++note)
        stages.text.insert(0, fmt::format("# Not carried over: {}.\n", *note));
      one["dockerfile-inline"] = with_variables(stages.text, stamps);
    } else {
      one["dockerfile"] = file;
    }
    one["target"] = name;
    for (const std::string& stamp : label_stamps(target)) {
      stamps.insert(stamp);
      one["args"][stamp_variable(stamp)] = fmt::format("${{{}}}", stamp_variable(stamp));
    }
    for (const std::string& tag : target.tags) one["tags"].push_back(with_variables(tag, stamps));
    for (const auto& [key, value] : target.config.annotations)
      one["annotations"].push_back(with_variables(key + "=" + value, stamps));
    for (const image::Platform& platform : decl.platforms) one["platforms"].push_back(platform.str());
    name = bake_name(name, targets);
    targets[name] = std::move(one);
    names.push_back(name);
  }
  Json file{{"//", origin(request)}};
  for (const std::string& stamp : stamps) file["variable"][stamp_variable(stamp)] = Json::object();
  file["group"]["default"]["targets"] = std::move(names);
  file["target"] = std::move(targets);
  return file.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace tierbuild::exports
