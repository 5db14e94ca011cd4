// Declared tables become TargetDecls once all files are loaded: defaults below, helpers of the standard
// library called, sources looked up.
#include "base/strings.hpp"
#include "bindings/make_values.hpp"
#include "bindings/merge.hpp"
#include "bindings/python_work.hpp"

namespace tierbuild::bindings {
namespace {

// About how many bytes a table takes.
uint64_t weight(const Table& table) {
  constexpr uint64_t kValue = 64;
  uint64_t bytes = 0;
  auto add = [&](const Value& value) {
    bytes += kValue + (value.string() != nullptr ? value.string()->size() : 0);
    if (value.table() != nullptr) bytes += weight(*value.table());
  };
  for (const Value& item : table.items) add(item);
  for (const auto& [name, value] : table.fields) {
    bytes += name.size();
    add(value);
  }
  return bytes;
}

/// Turns one merged table into a declaration. Errors go to the session, each with its place.
class TargetFinisher {
 public:
  TargetFinisher(Session& session, const PendingTarget& target, const std::vector<TablePtr>& defaults)
      : session_(session), target_(target) {
    for (const TablePtr& table : defaults)
      merged_ = merge_fields(std::move(merged_), *table, target_fields());
    for (const TablePtr& table : target.bodies)
      merged_ = merge_fields(std::move(merged_), *table, target_fields());
  }

  Status run() {
    TB_TRY(session_.runtime().hold(weight(merged_)));
    decl_.kind = target_.kind == "tier" ? graph::TargetKind::tier : graph::TargetKind::service;
    decl_.name = target_.name;
    decl_.where = target_.caller.known()
                      ? session_.settled(target_.caller)
                      : session_.relative(session_.runtime().sources().locate(*target_.origin, {}));
    plain_fields();
    base();
    user();
    helper("apt", "apt.install", decl_.packages);
    helper("apk", "apk.install", decl_.packages);
    layers();
    pip();
    steps();
    copies();
    config();
    fill_python_exe();
    session_.project().targets.push_back(std::move(decl_));
    return {};
  }

 private:
  const Value& field(const std::string& name) const { return merged_[name]; }
  /// Where a field was written: in the highest table that has it.
  Place place(const std::string& name) const {
    for (auto body = target_.bodies.rbegin(); body != target_.bodies.rend(); ++body)
      if ((*body)->has(name)) return (*body)->place.at(name);
    return Place{target_.origin, {name}};
  }
  Location where(const std::string& name) const {
    Place at = place(name);
    return session_.where(*at.origin, at.path);
  }
  void fail(const std::string& name, Error error) {
    session_.report(session_.at(std::move(error), place(name)));
  }
  std::string subject() const { return fmt::format("{} '{}'", target_.kind, target_.name); }

  void plain_fields() {
    decl_.doc = text_of(field("doc"));
    decl_.version = text_of(field("version"));
    decl_.image = text_of(field("image"));
    decl_.build_env = text_map_of(field("build_env"));
    decl_.tags = texts_of(field("tags"));
    decl_.check = texts_of(field("check"));
    decl_.deprecated = text_of(field("deprecated"));
    decl_.budget = parse_bytes(text_of(field("budget"), "0")).value_or(0);
    if (decl_.budget > 0) decl_.budget_at = where("budget");
    decl_.push = flag_of(field("push"), true);
    if (const Table* platforms = field("platforms").table())
      for (const Value& item : platforms->items) {
        image::Platform platform = platform_of(item);
        if (std::find(decl_.platforms.begin(), decl_.platforms.end(), platform) == decl_.platforms.end())
          decl_.platforms.push_back(platform);
      }
    std::string rest = decl_.image;
    for (size_t at = rest.find("{name}"); at != std::string::npos; at = rest.find("{name}"))
      rest.erase(at, 6);
    if (rest.find_first_of("{}") != std::string::npos)
      fail("image", fault(Fault::bad_value, "'image' of {} may hold {{name}} only, found '{}'", subject(),
                          printable(decl_.image)));
  }

  void base() {
    if (has_dockerfile_fields(merged_)) return dockerfile();
    if (field("from").is_nil()) {
      Error error = fault(Fault::missing_field, "{} needs the field 'from'", subject())
                        .hint("name an image like 'python:3.12-slim', a tier, or image.scratch()");
      session_.report(session_.at(std::move(error), Place{target_.origin, {}}));
      return;
    }
    Place at = place("from");
    decl_.from = image_of(session_, field("from"), at.origin);
    if (field("from").as<project::ImagePtr>() != nullptr) return;
    auto image = std::make_shared<project::Image>(*decl_.from);
    image->where = where("from");
    decl_.from = image;
  }

  void dockerfile() {
    if (!field("from").is_nil())
      return fail(
          "from",
          fault(Fault::bad_value, "{} has both a 'from' and a Dockerfile", subject())
              .hint("a Dockerfile has its own FROM; contexts = { NAME = tier } puts a tier in its place"));
    auto image = dockerfile_image(session_, merged_, target_.origin,
                                  [this](const std::string& name) { return place(name); });
    if (!image) return report(std::move(image).error());
    decl_.from = std::move(*image);
  }

  void user() {
    const Value& value = field("user");
    if (value.is_nil()) return;
    const Table* table = value.table();
    if (table == nullptr) {
      decl_.config.user = text_of(value);
      return;
    }
    if (table->items.size() != 1)
      return fail("user", fault(Fault::missing_field, "'user' of {} needs a name: {{ 'app', uid = 1000 }}",
                                subject()));
    auto number = [&](const char* name) -> std::optional<uint32_t> {
      if (!table->has(name)) return std::nullopt;
      return static_cast<uint32_t>(whole_of((*table)[name]));
    };
    project::UserStep added;
    added.name = text_of(table->items[0]);
    added.uid = number("uid");
    added.gid = number("gid");
    added.group = text_of((*table)["group"]);
    added.home = text_of((*table)["home"]);
    added.shell = text_of((*table)["shell"]);
    bool plain = !added.name.empty() && added.name.find_first_of(":/ \t\n,") == std::string::npos;
    if (!plain || added.name.find_first_not_of("0123456789") == std::string::npos)
      return fail("user", fault(Fault::bad_value, "'{}' is not a name for a user", printable(added.name)));
    decl_.config.user = added.name;
    decl_.user.push_back(make_step(std::move(added), "user", "user"));
  }

  project::StepPtr make_step(decltype(project::Step::op) op, std::string label, const std::string& name) {
    auto step = std::make_shared<project::Step>();
    step->op = std::move(op);
    step->label = std::move(label);
    step->where = where(name);
    return step;
  }

  // A field whose steps the standard library makes: `apt = {…}` is apt.install {…}.
  void helper(const std::string& name, const std::string& function, std::vector<project::StepPtr>& out) {
    const Table* table = field(name).table();
    if (table == nullptr || table->empty()) return;
    Table argument = *table;
    argument.place = place(name);
    // Layers in the list, such as those of apt.repo, are there before anything is installed.
    for (size_t i = 0; i < table->items.size(); ++i) {
      if (project::StepPtr step = step_of(table->items[i])) {
        out.push_back(std::move(step));
        continue;
      }
      Place at = table->place_of_item(i);
      Location where = at.origin ? session_.where(*at.origin, at.path) : this->where(name);
      decl_.system_packages.push_back({text_of(table->items[i]), std::move(where)});
    }
    std::erase_if(argument.items, [](const Value& item) { return step_of(item) != nullptr; });
    if (argument.empty()) return;
    Result<Value> made = session_.call_library(function, Value(std::move(argument)), place(name));
    if (!made) return report(std::move(made).error());
    std::vector<Value> steps = made->table() != nullptr ? made->table()->items : std::vector{*made};
    for (const Value& value : steps) {
      project::StepPtr step = step_of(value);
      if (!step)
        return fail(name,
                    fault(Fault::wrong_type, "{} made {} instead of a step", function, describe(value)));
      auto placed = std::make_shared<project::Step>(*step);
      placed->where = where(name);
      out.push_back(std::move(placed));
    }
  }

  // Lists of packages, and the Python that they are for.
  void pip() {
    PythonWork& python = session_.python();
    std::string own = text_of(field("python"));
    if (!own.empty() && !is_python_version(own))
      return fail("python",
                  fault(Fault::bad_value, "'python' of {} must be a version like '3.12', found '{}'",
                        subject(), printable(own)));
    BaseChain base = python.chain_of(field("from"));
    decl_.python = python.version_of(own, base);
    std::vector<python::Requirement> below = python.installed_by_steps_of(field("from"));
    // Those of its own layers are there already.
    decl_.requirements.insert(decl_.requirements.begin(), below.begin(), below.end());
    exe_ = python.exe_of(own, base);
    const Value& value = field("pip");
    if (value.is_nil()) return;
    Table list = value.table() != nullptr ? *value.table() : Table{};
    if (value.object_ptr()) list.items.push_back(value);
    list.place = place("pip");
    auto groups = python.groups(list);
    if (!groups) return report(std::move(groups).error());
    if (groups->empty()) return;
    PipEntries entries;
    for (const PipGroup& group : *groups) group.add_to(entries);
    add_entries(std::move(entries));
    python.keep(std::move(*groups));
    list.fields["exe"] = Value(exe_);
    list.fields["on"] = field("from");
    Result<Value> made = session_.call_library("python.install", Value(std::move(list)), place("pip"));
    if (!made) return report(std::move(made).error());
    for (const Value& item : made->table()->items) {
      auto placed = std::make_shared<project::Step>(*step_of(item));
      placed->where = where("pip");
      decl_.pip.push_back(std::move(placed));
    }
  }

  void add_entries(PipEntries entries) {
    auto add = [](std::vector<python::Requirement>& to, std::vector<python::Requirement>& more) {
      std::move(more.begin(), more.end(), std::back_inserter(to));
    };
    add(decl_.requirements, entries.installed);
    add(decl_.covered, entries.covered);
    add(decl_.constraints, entries.constraints);
    python::canonicalise(decl_.constraints);
  }

  void fill_python_exe() {
    PythonWork& python = session_.python();
    for (auto* steps : {&decl_.layers, &decl_.steps})
      for (project::StepPtr& step : *steps) {
        if (!has_exe(*step)) continue;
        const project::ImagePtr& on = std::get<project::RunStep>(step->op).on;
        step = with_exe(step, on ? python.exe_of("", python.chain_of(on)) : exe_);
      }
    fill_exe(decl_.config, exe_);
    for (std::string& word : decl_.check) word = with_exe(word, exe_);
  }

  void report(Error error) { session_.report(std::move(error)); }

  void layers() { add_steps("layers", decl_.layers); }
  void steps() { add_steps("steps", decl_.steps); }

  void add_steps(const std::string& name, std::vector<project::StepPtr>& out) {
    const Table* table = field(name).table();
    if (table == nullptr) return;
    for (const Value& item : table->items) {
      out.push_back(step_of(item));
      const auto& installs = out.back()->installs;
      decl_.requirements.insert(decl_.requirements.end(), installs.begin(), installs.end());
    }
  }

  void copies() {
    const Table* table = field("copy").table();
    if (table == nullptr) return;
    for (const Value& item : table->items) {
      const Table& entry = *item.table();
      auto items = copy_items_of(session_, entry, target_.origin->directory);
      if (!items) {
        report(std::move(items).error());
        continue;
      }
      auto step = std::make_shared<project::Step>();
      step->op = project::CopyStep{std::move(*items)};
      step->label = "copy";
      step->where = entry.place.origin ? session_.where(*entry.place.origin, entry.place.path) : decl_.where;
      decl_.copy.push_back(std::move(step));
    }
  }

  // `{name}`, `{doc}` and `{version}` as a whole text; without a value there is no label.
  std::map<std::string, std::string> filled(std::map<std::string, std::string> labels) const {
    for (auto& [key, text] : labels)
      for (const auto& [name, value] : {std::pair("{name}", &decl_.name), std::pair("{doc}", &decl_.doc),
                                        std::pair("{version}", &decl_.version)})
        if (text == name) text = *value;
    std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
    return labels;
  }

  void config() {
    graph::ConfigPatch& config = decl_.config;
    config.env = text_map_of(field("env"));
    config.labels = filled(text_map_of(field("labels")));
    config.annotations = filled(text_map_of(field("annotations")));
    if (!field("workdir").is_nil()) {
      config.workdir = text_of(field("workdir"));
      if (!config.workdir->starts_with('/'))
        fail("workdir", fault(Fault::bad_value, "'workdir' of {} must be an absolute path, found '{}'",
                              subject(), printable(*config.workdir)));
    }
    if (!field("stop_signal").is_nil()) config.stop_signal = text_of(field("stop_signal"));
    if (!field("author").is_nil()) config.author = text_of(field("author"));
    if (!field("shell").is_nil()) config.shell = texts_of(field("shell"));
    if (!field("entrypoint").is_nil()) config.entrypoint = texts_of(field("entrypoint"));
    if (!field("cmd").is_nil()) config.cmd = texts_of(field("cmd"));
    for (std::string& path : texts_of(field("volumes"))) config.volumes.insert(std::move(path));
    if (!field("expose").is_nil()) {
      auto ports = ports_of(session_, field("expose"), place("expose"));
      if (ports)
        config.exposed = std::move(*ports);
      else
        report(std::move(ports).error());
    }
    if (const Table* check = field("healthcheck").table()) set_healthcheck(config, *check);
    for (const char* name : {"env", "build_env"})
      for (const auto& [variable, value] : text_map_of(field(name)))
        if (variable.empty() || variable.find('=') != std::string::npos)
          fail(name, fault(Fault::bad_value, "'{}' is not the name of a variable", printable(variable)));
  }

  Session& session_;
  const PendingTarget& target_;
  Table merged_;
  project::TargetDecl decl_;
  std::string exe_ = "python";
};

}  // namespace

void finish_targets(Session& session, const std::vector<PendingTarget>& pending,
                    const std::vector<TablePtr>& defaults) {
  for (const PendingTarget& target : pending) {
    if (session.runtime().stopped()) return;
    session.take_used_settings();
    Status finished = TargetFinisher(session, target, defaults).run();
    if (!finished) return session.report(std::move(finished).error());
    if (session.options().trace == Trace::none) continue;
    Explanation explanation = explain(session, target, defaults);
    for (const std::string& field : session.take_used_settings())
      for (Setting& setting : explain_workspace(session, field))
        explanation.settings.push_back(std::move(setting));
    session.explanations().push_back(std::move(explanation));
  }
}

}  // namespace tierbuild::bindings
