#include "bindings/python_tools.hpp"

#include <lua.hpp>

#include "base/strings.hpp"
#include "bindings/make_values.hpp"
#include "bindings/python_work.hpp"

namespace tierbuild::bindings {
namespace {

constexpr const char* kHere = "/run/tierbuild";
// What lies in a project's directory without being part of it.
constexpr const char* kNotSource[] = {"**/__pycache__", "**/*.pyc",    "**/*.egg-info", ".git",
                                      ".venv",          "venv",        "build",         "dist",
                                      ".pytest_cache",  ".mypy_cache", ".ruff_cache",   ".tox"};

Value bound(std::string target, project::SourceValue from, bool writable = false) {
  project::MountValue mount;
  mount.mount.kind = graph::Mount::Kind::bind;
  mount.mount.target = std::move(target);
  mount.mount.writable = writable;
  mount.from = std::move(from);
  return Value(Object{std::move(mount)});
}

Value type_value(TypePtr type) {
  return Value(Object{TypeValue{std::move(type)}});
}

Value strings(const std::vector<std::string>& texts) {
  Table table;
  for (const std::string& text : texts) table.items.emplace_back(text);
  return Value(std::move(table));
}

/// One group as a table: files for the step as mounts, options as words.
class GroupTable {
 public:
  GroupTable(Session& session, PipGroup group, std::string here)
      : session_(session), group_(std::move(group)), here_(std::move(here)) {}

  Value run() {
    if (group_.layer) {
      table_.fields["layer"] = Value(Object{LayerValue{group_.layer, {}}});
      return Value(std::move(table_));
    }
    if (!group_.entries.empty()) file("requirements", group_.entries);
    if (!group_.constraints.empty()) file("constraints", group_.constraints);
    auto list = std::make_shared<Requirements>();
    list->entries = std::move(group_.installed);
    table_.fields["entries"] = Value(Object{RequirementsValue{std::move(list)}});
    const python::InstallOptions& options = group_.options;
    if (!options.index.empty()) table_.fields["index"] = Value(options.index);
    table_.fields["extra_index"] = strings(options.extra_index);
    table_.fields["no_deps"] = Value(group_.no_deps);
    table_.fields["prefer_binary"] = Value(options.prefer_binary);
    links();
    words();
    wheels();
    names();
    table_.fields["mounts"] = Value(std::move(mounts_));
    return Value(std::move(table_));
  }

 private:
  void mount(Value value) { mounts_.items.push_back(std::move(value)); }

  void file(const std::string& name, const std::vector<python::Requirement>& entries) {
    std::string target = fmt::format("{}/{}.txt", here_, name);
    std::vector<graph::LineOrigin> lines;
    for (const python::Requirement& entry : entries) lines.push_back({entry.where, entry.via});
    mount(bound(target, project::TextValue{python::file_text(entries), std::move(lines)}));
    table_.fields[name] = Value(target);
  }

  void links() {
    std::vector<std::string> links;
    auto place = [&] { return fmt::format("{}/links/{}", here_, links.size() + 1); };
    for (const std::string& link : group_.options.find_links) {
      bool remote = link.find("://") != std::string::npos || link.starts_with('/');
      if (!remote) {
        auto path = session_.view().resolve(session_.view().root(), link);
        if (path) mount(bound(place(), project::PathValue{*path, {}}));
      }
      links.push_back(remote ? link : place());
    }
    for (const project::ImagePtr& image : group_.wheelhouses) {
      mount(bound(place(), project::ImagePath{image, "/"}));
      links.push_back(place());
    }
    table_.fields["find_links"] = strings(links);
  }

  // Options that pip and uv spell alike.
  void words() {
    const python::InstallOptions& options = group_.options;
    std::vector<std::string> words;
    if (options.no_index) words.emplace_back("--no-index");
    if (options.require_hashes) words.emplace_back("--require-hashes");
    for (const std::string& name : options.only_binary) words.push_back("--only-binary=" + name);
    for (const std::string& name : options.no_binary) words.push_back("--no-binary=" + name);
    table_.fields["options"] = strings(words);
    table_.fields["trusted_host"] = strings(options.trusted_host);
    table_.fields["pre"] = Value(options.pre);
  }

  void wheels() {
    Table wheels;
    for (const auto& wheel : group_.wheels) {
      Table entry;
      std::string target = fmt::format("{}/wheels/{}", here_, wheels.items.size() + 1);
      std::string file = wheel->path.substr(wheel->path.rfind('/') + 1);
      if (wheel->built) {
        mount(bound(target + "/" + file, project::PathValue{wheel->path, {}}));
      } else {
        std::vector<std::string> exclude(std::begin(kNotSource), std::end(kNotSource));
        entry.fields["source"] = bound("/src", project::PathValue{wheel->path, std::move(exclude)}, true);
        entry.fields["target"] = Value(target);
        if (wheel->on) entry.fields["on"] = Value(Object{wheel->on});
      }
      entry.fields["name"] = Value(wheel_name(*wheel));
      entry.fields["dir"] = Value(target);
      entry.fields["extras"] = Value(wheel->extras.empty() ? "" : "[" + join(wheel->extras, ",") + "]");
      wheels.items.emplace_back(std::move(entry));
    }
    table_.fields["wheels"] = Value(std::move(wheels));
  }

  // What people are shown, each name once.
  void names() {
    std::vector<std::string> names;
    for (const python::Requirement& entry : group_.entries) {
      const std::string& name = entry.name.empty() ? entry.url : entry.name;
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    for (const auto& wheel : group_.wheels) names.push_back(wheel_name(*wheel));
    table_.fields["names"] = strings(names);
  }

  static std::string wheel_name(const Wheel& wheel) {
    return wheel.name.empty() ? wheel.path.substr(wheel.path.rfind('/') + 1) : wheel.name;
  }

  Session& session_;
  PipGroup group_;
  std::string here_;  // where its files are mounted
  Table table_, mounts_;
};

Result<std::vector<PipGroup>> groups_of(Session& session, const Value& value) {
  if (value.table() != nullptr) return session.python().groups(*value.table());
  Table list;
  list.place = Place{session.origin("pip"), {}};
  list.items.push_back(value);
  return session.python().groups(list);
}

// The list that is an argument of the function.
Result<Value> list_at(Runtime& runtime, int index) {
  return runtime.value_at(index, Place{session_of(runtime).origin("pip"), {}});
}

}  // namespace

Result<int> pip_types(Runtime& runtime, lua_State*) {
  Table fields;
  for (const Field& field : pip_setting_fields())
    fields.items.emplace_back(Table{{Value(field.name), type_value(field.type), Value(field.doc)},
                                    {{"default", Value(field.fallback)}},
                                    {}});
  auto list = types::either({types::of(Type::Kind::path), types::of(Type::Kind::requirements)},
                            "a file or a list of requirements");
  Table made;
  made.fields["fields"] = Value(std::move(fields));
  made.fields["item"] = type_value(pip_type()->item);
  made.fields["lists"] = type_value(
      types::either({list, types::list(list)}, "a requirements file, a list of requirements, or several"));
  runtime.push(Value(std::move(made)));
  return 1;
}

Result<int> pip_groups(Runtime& runtime, lua_State* lua) {
  std::optional<std::vector<PipGroup>> kept = session_of(runtime).python().take_kept();
  std::vector<PipGroup> groups;
  if (kept) {
    groups = std::move(*kept);
  } else {
    TB_LET(Value asked, list_at(runtime, 1));
    TB_LET(groups, groups_of(session_of(runtime), asked));
  }
  std::string here = kHere;
  if (lua_isnumber(lua, 2) != 0) here += fmt::format("/{}", lua_tointeger(lua, 2));
  Table list;
  for (PipGroup& group : groups)
    if (group.installs()) list.items.push_back(GroupTable(session_of(runtime), std::move(group), here).run());
  runtime.push(Value(std::move(list)));
  return 1;
}

Result<int> with_installed(Runtime& runtime, lua_State*) {
  TB_LET(Value value, runtime.value_at(1, Place{}));
  project::StepPtr bare = step_of(value);
  if (!bare) return Error(Code::internal, "tb.with_installed needs a step or a layer");
  TB_LET(Value list, list_at(runtime, 2));
  PipEntries pip;
  if (const auto* group = list.as<RequirementsValue>()) {
    pip.installed = group->list->entries;
  } else {
    TB_LET(std::vector<PipGroup> groups, groups_of(session_of(runtime), list));
    for (const PipGroup& each : groups) each.add_to(pip);
  }
  auto step = std::make_shared<project::Step>(*bare);
  bool layer = value.as<LayerValue>() != nullptr;
  step->installs = layer ? pip.installed : std::move(pip.installed);
  runtime.push(layer ? Value(Object{LayerValue{step, std::move(pip)}}) : Value(Object{StepValue{step}}));
  return 1;
}

Result<int> exe_of(Runtime& runtime, lua_State*) {
  TB_LET(Value base, runtime.value_at(1, Place{}));
  PythonWork& python = session_of(runtime).python();
  runtime.push(Value(python.exe_of("", python.chain_of(base))));
  return 1;
}

}  // namespace tierbuild::bindings
