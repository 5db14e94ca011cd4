// From the field `pip` to what each step installs.
#include <algorithm>

#include "base/strings.hpp"
#include "bindings/make_values.hpp"
#include "bindings/python_work.hpp"

namespace tierbuild::bindings {
namespace {

void append_new(std::vector<std::string>& to, const std::vector<std::string>& more) {
  for (const std::string& item : more)
    if (std::find(to.begin(), to.end(), item) == to.end()) to.push_back(item);
}

bool is_url(std::string_view text) {
  return text.find("://") != std::string_view::npos;
}

}  // namespace

std::vector<Field> pip_setting_fields() {
  auto several = [](TypePtr one, std::string noun) {
    return types::either({one, types::list(one)}, std::move(noun));
  };
  auto link = types::either({types::string(), types::of(Type::Kind::image)}, "a path, a URL or an image");
  auto bound = types::either({types::of(Type::Kind::path), types::of(Type::Kind::requirements)},
                             "a file or a list of requirements");
  return {
      {"index", types::string(), "package index, instead of the workspace's"},
      {"extra_index", several(types::string(), "a package index or a list of them"), "further indexes"},
      {"find_links", several(link, "a path, a URL, an image or a list of them"),
       "where wheels lie: a directory, a page, or what python.wheelhouse returned"},
      {"no_deps", types::boolean(), "whether only the packages named are installed", "false"},
      {"constraints", several(bound, "a file, a list of requirements, or several of them"),
       "bounds on versions, besides the workspace's"},
  };
}

TypePtr pip_type() {
  using types::of;
  auto one = types::either({types::string(), of(Type::Kind::requirements), of(Type::Kind::wheel)},
                           "a requirement, a list of requirements or a wheel");
  auto list = types::list_with(one, pip_setting_fields(), "a list of requirements");
  auto entry = types::either(
      {types::string(), list, of(Type::Kind::requirements), of(Type::Kind::wheel), of(Type::Kind::layer)},
      "a requirement, a list of them, a wheel or a layer");
  Type type = *types::list_with(entry, pip_setting_fields(), "a list of requirements");
  type.lone = true;
  return std::make_shared<const Type>(std::move(type));
}

void add_pip_settings(PipSettings& settings, const PipSettings& more) {
  python::InstallOptions& to = settings.options;
  const python::InstallOptions& from = more.options;
  if (!from.index.empty()) to.index = from.index;
  append_new(to.extra_index, from.extra_index);
  append_new(to.find_links, from.find_links);
  append_new(to.only_binary, from.only_binary);
  append_new(to.no_binary, from.no_binary);
  append_new(to.trusted_host, from.trusted_host);
  to.no_index |= from.no_index;
  to.pre |= from.pre;
  to.prefer_binary |= from.prefer_binary;
  to.require_hashes |= from.require_hashes;
  settings.no_deps |= more.no_deps;
  for (const project::ImagePtr& image : more.wheelhouses)
    if (std::find(settings.wheelhouses.begin(), settings.wheelhouses.end(), image) ==
        settings.wheelhouses.end())
      settings.wheelhouses.push_back(image);
  settings.constraints.insert(settings.constraints.end(), more.constraints.begin(), more.constraints.end());
}

Status read_pip_settings(Session& session, const Table& table, const std::string& directory,
                         PipSettings& settings) {
  PipSettings own;
  own.options.index = text_of(table["index"]);
  own.options.extra_index = texts_of(table["extra_index"]);
  own.no_deps = flag_of(table["no_deps"], false);
  auto each = [](const Value& value) {
    if (value.is_nil()) return std::vector<Value>{};
    return value.table() != nullptr ? value.table()->items : std::vector{value};
  };
  auto path_of = [&](const Value& value, const char* field) -> Result<std::string> {
    auto path = session.view().resolve(directory, text_of(value));
    if (!path) return session.at(std::move(path).error(), table.place.at(field));
    return path;
  };
  for (const Value& link : each(table["find_links"])) {
    if (link.string() == nullptr) {
      own.wheelhouses.push_back(image_of(session, link, table.place.origin));
    } else if (is_url(*link.string())) {
      own.options.find_links.push_back(*link.string());
    } else {
      TB_LET(std::string path, path_of(link, "find_links"));
      own.options.find_links.push_back("./" + session.view().relative(path));
    }
  }
  for (const Value& bound : each(table["constraints"])) {
    if (const auto* list = bound.as<RequirementsValue>()) {
      std::vector<python::Requirement> entries = session.python().remaining(*list->list);
      own.constraints.insert(own.constraints.end(), entries.begin(), entries.end());
      continue;
    }
    TB_LET(std::string path, path_of(bound, "constraints"));
    TB_LET(python::RequirementsList list, session.python().read_constraints(path));
    own.constraints.insert(own.constraints.end(), list.constraints.begin(), list.constraints.end());
  }
  add_pip_settings(settings, own);
  return {};
}

void PipGroup::add_to(PipEntries& all) const {
  all.installed.insert(all.installed.end(), installed.begin(), installed.end());
  all.covered.insert(all.covered.end(), covered.begin(), covered.end());
  all.constraints.insert(all.constraints.end(), constraints.begin(), constraints.end());
}

/// Collects the entries of one `pip` list into groups.
class PipGrouping {
 public:
  PipGrouping(PythonWork& work, Session& session) : work_(work), session_(session) {}

  Result<std::vector<PipGroup>> run(const Table& pip) {
    PipSettings settings;
    TB_TRY(workspace(settings));
    TB_TRY(read_pip_settings(session_, pip, directory_of(pip), settings));
    TB_TRY(list(pip, settings, Nested::no));
    for (const PipGroup& group : groups_)
      for (const auto& wheel : group.wheels) own_.insert(wheel->name);
    own_.erase("");
    std::vector<PipGroup> finished;
    for (PipGroup& group : groups_) finish(std::move(group), finished);
    return finished;
  }

 private:
  enum class Nested : uint8_t { no, yes };

  std::string directory_of(const Table& table) const {
    return table.place.origin ? table.place.origin->directory : session_.view().root();
  }

  Status workspace(PipSettings& settings) {
    const Table& fields = session_.settings();
    PipSettings own;
    if (fields.has("constraints")) {
      Table constraints{{}, {{"constraints", fields["constraints"]}}, fields.place};
      TB_TRY(read_pip_settings(session_, constraints, directory_of(fields), own));
    }
    if (const Table* python = fields["python"].table()) {
      own.options.index = text_of((*python)["index"]);
      own.options.extra_index = texts_of((*python)["extra_index"]);
    }
    add_pip_settings(settings, own);
    return {};
  }

  // Plain entries of a list share one step; a list in the list, and a list of requirements, have their own.
  Status list(const Table& table, const PipSettings& settings, Nested nested) {
    size_t plain = std::string::npos;
    auto own_group = [&]() -> PipGroup& {
      if (plain == std::string::npos) {
        plain = groups_.size();
        groups_.push_back({settings, {}, {}, nullptr, {}, {}});
      }
      return groups_[plain];
    };
    for (size_t i = 0; i < table.items.size(); ++i) {
      const Value& item = table.items[i];
      Place place = table.place_of_item(i);
      if (const auto* requirements = item.as<RequirementsValue>()) {
        if (nested == Nested::yes) {
          TB_TRY(add(*requirements->list, own_group()));
        } else {
          groups_.push_back({settings, {}, {}, nullptr, {}, {}});
          TB_TRY(add(*requirements->list, groups_.back()));
        }
      } else if (const auto* wheel = item.as<WheelValue>()) {
        own_group().wheels.push_back(wheel->wheel);
      } else if (const auto* layer = item.as<LayerValue>()) {
        const PipEntries& pip = layer->pip;
        groups_.push_back({{}, {}, {}, layer->step, pip.installed, pip.covered});
        groups_.back().constraints = pip.constraints;
      } else if (const Table* inner = item.table()) {
        PipSettings inherited = settings;
        TB_TRY(read_pip_settings(session_, *inner, directory_of(*inner), inherited));
        TB_TRY(list(*inner, inherited, Nested::yes));
      } else {
        TB_TRY(add_text(text_of(item), place, own_group()));
      }
    }
    return {};
  }

  Status add(const Requirements& requirements, PipGroup& group) {
    add_pip_settings(group, requirements);
    for (python::Requirement& entry : work_.remaining(requirements, group.covered))
      TB_TRY(add_entry(std::move(entry), session_.view().root(), Place{requirements.origin, {}}, group));
    return {};
  }

  Status add_text(const std::string& text, const Place& place, PipGroup& group) {
    auto fail = [&](std::string message) {
      return session_.at(
          fault(Fault::bad_requirement, "{}", message).hint("write requirements like 'fastapi==0.118.0'"),
          place);
    };
    if (text.find_first_of("\r\n") != std::string::npos) return fail("a requirement is one line");
    if (text.starts_with('-'))
      return fail(fmt::format("'{}' is an option, not a requirement", printable(text)));
    Location where = place.origin ? session_.where(*place.origin, place.path) : Location{};
    auto entry = python::parse_requirement(text, where);
    if (!entry) return fail(entry.error().message());
    return add_entry(std::move(*entry), directory_of(Table{{}, {}, place}), place, group);
  }

  // An entry that is a path of the workspace is a wheel; all others are pip's to find.
  Status add_entry(python::Requirement entry, const std::string& directory, const Place& place,
                   PipGroup& group) {
    bool local = !entry.url.empty() && !is_url(entry.url) && !entry.url.starts_with("file:") &&
                 (!entry.url.starts_with('/') || entry.url.starts_with("//"));
    if (!local) {
      group.entries.push_back(std::move(entry));
      return {};
    }
    auto path = session_.view().resolve(directory, entry.url);
    if (path) {
      auto wheel = work_.wheel(*path, entry.extras, place);
      if (wheel) {
        auto placed = std::make_shared<Wheel>(**wheel);
        placed->where = entry.where;
        group.wheels.push_back(std::move(placed));
        return {};
      }
      path = std::move(wheel).error();
    }
    return std::move(path).error().at(entry.where);
  }

  // With what wheels need known beforehand, that is a layer of its own, which a change of their code keeps.
  void finish(PipGroup group, std::vector<PipGroup>& out) const {
    if (group.layer) {
      out.push_back(std::move(group));
      return;
    }
    bool known = std::all_of(group.wheels.begin(), group.wheels.end(),
                             [](const auto& wheel) { return wheel->needs.has_value(); });
    if (!group.no_deps)
      for (const auto& wheel : group.wheels)
        if (wheel->needs)
          group.entries.insert(group.entries.end(), wheel->needs->begin(), wheel->needs->end());
    std::erase_if(group.entries, [&](const python::Requirement& entry) { return own_.contains(entry.name); });
    python::canonicalise(group.entries);
    python::canonicalise(group.constraints);
    group.installed = group.entries;
    bool split = known && !group.no_deps && !group.wheels.empty();
    if (split) {
      PipGroup wheels{group, {}, std::exchange(group.wheels, {}), nullptr, {}, {}};
      wheels.no_deps = true;
      if (!group.entries.empty() || !group.covered.empty()) out.push_back(std::move(group));
      out.push_back(std::move(wheels));
    } else if (group.installs() || !group.covered.empty()) {
      out.push_back(std::move(group));
    }
  }

  PythonWork& work_;
  Session& session_;
  std::vector<PipGroup> groups_;
  std::set<std::string> own_;  // names of the wheels in the list: no index is asked for these
};

Result<std::vector<PipGroup>> PythonWork::groups(const Table& pip) {
  return PipGrouping(*this, session_).run(pip);
}

}  // namespace tierbuild::bindings
