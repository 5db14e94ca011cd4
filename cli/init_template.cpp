#include "cli/init_template.hpp"

#include "base/strings.hpp"

namespace tierbuild::cli {
namespace {

constexpr const char* kNodeBase = "node:20-slim";

bool is_python(const Component& component) {
  return component.kind == ComponentKind::python_requirements ||
         component.kind == ComponentKind::python_project;
}

std::string lua_list(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back(lua_quote(word));
  return "{ " + join(quoted, ", ") + " }";
}

std::string path_in(const Component& component, const std::string& file) {
  return lua_quote(component.directory.empty() ? "//" + file
                                               : fmt::format("//{}/{}", component.directory, file));
}

// The component's files, as an entry of `copy` or of layer.files.
std::string sources(const Component& component) {
  if (component.directory.empty())
    return "{ files { '**', exclude = { '.git/**', '.venv/**', 'node_modules/**', 'Buildfile.lua', "
           "'tierbuild' } },\n"
           "             to = '/app/' }";
  std::string exclude = component.kind == ComponentKind::node ? ", exclude = { 'node_modules/**' }" : "";
  return fmt::format("{{ {}, to = '/app'{} }}", lua_quote("//" + component.directory), exclude);
}

std::string tail_lines(const Component& component) {
  std::string out;
  if (component.kind != ComponentKind::python_project)
    out += fmt::format("  copy = {{ {} }},\n", sources(component));
  if (!component.ports.empty())
    out += fmt::format("  expose = {{ {} }},\n", fmt::join(component.ports, ", "));
  if (!component.cmd.empty())
    out += fmt::format("  cmd = {},  -- from {}\n", lua_list(component.cmd), component.cmd_source);
  else
    out += "  -- cmd = { 'the', 'program' },  -- no start command was found: fill it in\n";
  return out;
}

// Requirements are installed before the sources are copied, so that a change of a source reinstalls nothing;
// a project is installed from its sources.
std::string python_service(const Component& component) {
  bool project = component.kind == ComponentKind::python_project;
  std::string files = project ? sources(component)
                              : fmt::format("{{ {}, to = '/app/' }}", path_in(component, "requirements.txt"));
  std::string what = project ? "'.'" : "'-r', 'requirements.txt'";
  return fmt::format(
             "service {} {{\n"
             "  from = base,\n"
             "  layers = {{ layer.files {{ {} }} }},\n"
             "  steps = {{ run {{ 'pip', 'install', {}, cwd = '/app', network = true,\n"
             "                  mounts = {{ cache.mount {{ target = '/root/.cache/pip', id = 'pip' }} }} }} "
             "}},\n",
             lua_quote(component.name), files, what) +
         tail_lines(component) + "}\n";
}

std::string node_service(const Component& component) {
  std::string install = component.has_lock ? "'npm', 'ci', '--omit=dev'" : "'npm', 'install', '--omit=dev'";
  std::string manifests = fmt::format("{{ {}, to = '/app/' }}", path_in(component, "package.json"));
  if (component.has_lock)
    manifests += fmt::format(",\n                          {{ {}, to = '/app/' }}",
                             path_in(component, "package-lock.json"));
  std::string out = fmt::format("service {} {{\n", lua_quote(component.name));
  out += component.base.empty()
             ? fmt::format("  from = '{}',  -- guessed\n", kNodeBase)
             : fmt::format("  from = {},  -- from its Dockerfile\n", lua_quote(component.base));
  out += "  workdir = '/app',\n";
  out += fmt::format("  layers = {{ layer.files {{ {} }} }},\n", manifests);
  out += fmt::format("  steps = {{ run {{ {}, cwd = '/app', network = true }} }},\n", install);
  return out + tail_lines(component) + "}\n";
}

std::string docker_service(const Component& component) {
  std::string out = fmt::format(
      "-- {} has a Dockerfile; what its RUN lines do belongs into `apt`, `pip` or `steps` here.\n",
      component.name);
  out += fmt::format("service {} {{\n", lua_quote(component.name));
  out += component.base.empty() ? std::string("  from = 'debian:12-slim',  -- guessed\n")
                                : fmt::format("  from = {},\n", lua_quote(component.base));
  return out + "  workdir = '/app',\n" + tail_lines(component) + "}\n";
}

}  // namespace

std::string lua_quote(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string first_buildfile(const Repository& repository) {
  std::string out =
      "-- What this repository builds. `tierbuild init` wrote the first version from what it found;\n"
      "-- `tierbuild plan` shows what it does, `tierbuild build` does it.\n";
  out += fmt::format("workspace {} {{}}\n\n", lua_quote(repository.name));
  out +=
      "-- Where images are pushed to; without it they stay in the local store.\n"
      "-- registry 'ghcr.io/acme' {}\n";
  const auto& components = repository.components;
  auto python = std::find_if(components.begin(), components.end(), is_python);
  if (python != components.end()) {
    bool from_docker = python->base.starts_with("python:");
    std::string image = from_docker ? python->base : fmt::format("python:{}-slim", repository.python);
    const char* why = from_docker                  ? "  -- from a Dockerfile"
                      : !repository.python_guessed ? "  -- from .python-version"
                                                   : "  -- guessed: no version was found";
    out += fmt::format(
        "\n-- What the Python services share is built once and stands below all of them.\n"
        "local base = tier 'python-base' {{\n"
        "  from = {},{}\n"
        "  workdir = '/app',\n"
        "  env = {{ PYTHONUNBUFFERED = '1' }},\n"
        "}}\n",
        lua_quote(image), why);
  }
  for (const Component& component : components) {
    out += "\n";
    if (is_python(component))
      out += python_service(component);
    else if (component.kind == ComponentKind::node)
      out += node_service(component);
    else
      out += docker_service(component);
  }
  if (components.empty())
    out += fmt::format(
        "\n-- Nothing was recognised (requirements.txt, pyproject.toml, package.json, Dockerfile), so this "
        "is an\n"
        "-- example to change.\n"
        "service {} {{\n"
        "  from = 'debian:12-slim',\n"
        "  cmd = {{ 'echo', 'hello' }},\n"
        "}}\n",
        lua_quote(repository.name));
  return out;
}

}  // namespace tierbuild::cli
