// python.requirements, python.project, python.wheel, python.exe, python.exec, and the methods of lists.
#include "base/strings.hpp"
#include "bindings/make_values.hpp"
#include "bindings/python_work.hpp"

namespace tierbuild::bindings {
namespace {

TypePtr subtracted_type() {
  return types::either({types::of(Type::Kind::base), types::of(Type::Kind::requirements)},
                       "a tier, an image or a list of requirements");
}

std::vector<Field> list_fields() {
  std::vector<Field> fields = pip_setting_fields();
  auto one = subtracted_type();
  fields.insert(
      fields.begin(),
      {"subtract", types::either({one, types::list(one)}, "a tier, a list of requirements, or several"),
       "what is there already: its packages are taken away"});
  return fields;
}

Result<std::string> resolved(Call& call, const Value& path) {
  auto absolute = call.session.view().resolve(call.origin->directory, text_of(path));
  if (!absolute) return call.session.at(std::move(absolute).error(), Place{call.origin, {}});
  return absolute;
}

Value list_value(Requirements list) {
  python::canonicalise(list.entries);
  return Value(Object{RequirementsValue{std::make_shared<const Requirements>(std::move(list))}});
}

Status add_options(Call& call, const Value& options, Requirements& list) {
  const Table* table = options.table();
  if (table == nullptr) return {};
  TB_TRY(read_pip_settings(call.session, *table, call.origin->directory, list));
  const Value& subtract = (*table)["subtract"];
  if (const Table* several = subtract.table())
    list.taken = several->items;
  else if (!subtract.is_nil())
    list.taken = {subtract};
  return {};
}

void add_file(python::RequirementsList file, Requirements& list) {
  PipSettings settings;
  settings.options = std::move(file.options);
  settings.constraints = std::move(file.constraints);
  add_pip_settings(list, settings);
  list.entries.insert(list.entries.end(), std::make_move_iterator(file.entries.begin()),
                      std::make_move_iterator(file.entries.end()));
}

Result<Value> requirements(Call& call) {
  Requirements list;
  list.origin = call.origin;
  std::vector<Value> files = {call.args[0]};
  if (const Table* several = call.args[0].table()) files = several->items;
  for (const Value& file : files) {
    TB_LET(std::string path, resolved(call, file));
    TB_LET(python::RequirementsList read, call.session.python().read(path));
    add_file(std::move(read), list);
  }
  TB_TRY(add_options(call, call.args[1], list));
  return list_value(std::move(list));
}

Result<Value> project(Call& call) {
  Requirements list;
  list.origin = call.origin;
  TB_LET(std::string directory, resolved(call, call.args[0]));
  std::vector<std::string> extras;
  if (const Table* options = call.args[1].table()) extras = texts_of((*options)["extras"]);
  TB_LET(python::RequirementsList read,
         call.session.python().read_project(directory, extras, Place{call.origin, {}}));
  add_file(std::move(read), list);
  TB_TRY(add_options(call, call.args[1], list));
  return list_value(std::move(list));
}

Result<Value> wheel(Call& call) {
  TB_LET(std::string path, resolved(call, call.args[0]));
  static const Table none;
  const Table& options = call.args[1].table() != nullptr ? *call.args[1].table() : none;
  Place place{call.origin, {}};
  TB_LET(auto made, call.session.python().wheel(path, texts_of(options["extras"]), place));
  auto wheel = std::make_shared<Wheel>(*made);
  if (options.has("on")) wheel->on = image_of(call.session, options["on"], call.origin);
  wheel->where = call.session.where(*call.origin);
  return Value(Object{WheelValue{std::move(wheel)}});
}

Result<Value> exec(Call& call) {
  if (call.table->items.empty())
    return call.session.at(fault(Fault::missing_field, "python.exec needs arguments")
                               .hint("write python.exec { '-m', 'module' }"),
                           call.table->place);
  TB_LET(project::RunStep run, run_of(call.session, *call.table));
  run.argv.insert(run.argv.begin(), kPythonExe);
  auto step = std::make_shared<project::Step>();
  step->op = std::move(run);
  step->label = text_of((*call.table)["label"], "python");
  step->where = call.session.where(*call.origin);
  return Value(Object{StepValue{std::move(step)}});
}

const Requirements& self_of(const Call& call) {
  return *call.self.as<RequirementsValue>()->list;
}

Result<Value> names(Call& call) {
  Table names;
  std::string last;
  for (const python::Requirement& entry : call.session.python().remaining(self_of(call))) {
    if (!entry.name.empty() && entry.name != last) names.items.emplace_back(entry.name);
    last = entry.name;
  }
  return Value(std::move(names));
}

Result<Value> minus(Call& call) {
  Requirements less = self_of(call);
  less.taken.push_back(call.args[0]);
  less.origin = call.origin;
  return Value(Object{RequirementsValue{std::make_shared<const Requirements>(std::move(less))}});
}

Result<Value> conflicts(Call& call) {
  Table found;
  for (const python::Conflict& conflict : call.session.python().conflicts(self_of(call), call.args[0])) {
    Table entry;
    entry.fields["name"] = Value(conflict.mine.name);
    entry.fields["mine"] = entry_value(conflict.mine);
    entry.fields["theirs"] = entry_value(conflict.theirs);
    found.items.emplace_back(std::move(entry));
  }
  return Value(std::move(found));
}

void define_methods(Session& session) {
  session.define({{.name = "requirements:names",
                   .doc = "The names of the packages, sorted, each once.",
                   .shape = Shape::call,
                   .returns = "string[]"},
                  names});
  session.define(
      {{.name = "requirements:minus",
        .doc = "The list without what a tier installs, or another list holds. An entry whose version "
               "disagrees is an error.",
        .shape = Shape::call,
        .fields = {{"other", subtracted_type(), "what is there already", {}, Required::yes}},
        .returns = "requirements"},
       minus});
  session.define({{.name = "requirements:conflicts",
                   .doc = "Entries whose versions disagree with those of a tier or another list: "
                          "{ name =, mine =, theirs = } for each.",
                   .shape = Shape::call,
                   .fields = {{"other", subtracted_type(), "what it is compared with", {}, Required::yes}},
                   .returns = "table[]"},
                  conflicts});
}

}  // namespace

Value entry_value(const python::Requirement& entry) {
  Table fields;
  fields.fields["name"] = Value(entry.name);
  std::string spec = entry.url.empty() ? "" : "@ " + entry.url;
  for (const python::Specifier& specifier : entry.specifiers)
    spec += (spec.empty() ? "" : ",") + specifier.op + specifier.version;
  fields.fields["spec"] = Value(spec);
  Table extras, via;
  for (const std::string& extra : entry.extras) extras.items.emplace_back(extra);
  for (const Location& where : entry.via) via.items.emplace_back(where.str());
  fields.fields["extras"] = Value(std::move(extras));
  if (!entry.marker.empty()) fields.fields["marker"] = Value(entry.marker);
  fields.fields["pinned"] = Value(entry.pinned());
  fields.fields["at"] = Value(entry.where.str());
  fields.fields["via"] = Value(std::move(via));
  return Value(std::move(fields));
}

Value entry_named(Session& session, const Requirements& list, const std::string& name) {
  std::string wanted = python::normalise(name);
  for (const python::Requirement& entry : session.python().remaining(list))
    if (entry.name == wanted) return entry_value(entry);
  return {};
}

void define_python(Session& session) {
  auto files = types::either({types::of(Type::Kind::path), types::list(types::of(Type::Kind::path))},
                             "a file or a list of files");
  session.define(
      {{.name = "python.requirements",
        .doc = "What a requirements file asks for, and the files it includes with -r and -c. A list "
               "of values: [name] is an entry with spec, extras, marker, pinned, at and via.",
        .shape = Shape::call,
        .fields = {{"files", files, "relative to this file, or //", {}, Required::yes},
                   {"options", types::record(list_fields()), "how they are installed"}},
        .returns = "requirements"},
       requirements});
  std::vector<Field> with_extras = list_fields();
  Field extras{"extras", types::list(types::string()), "optional dependencies that are meant too"};
  with_extras.push_back(extras);
  session.define(
      {{.name = "python.project",
        .doc = "What a project depends on, without its code: [project] of its pyproject.toml, else "
               "its requirements.txt.",
        .shape = Shape::call,
        .fields = {{"dir", types::of(Type::Kind::path), "the project's directory", {}, Required::yes},
                   {"options", types::record(with_extras), "how they are installed"}},
        .returns = "requirements"},
       project});
  session.define(
      {{.name = "python.wheel",
        .doc = "A project as a wheel: built once on the image that it is installed on, and shared by all "
               "targets "
               "there. What it depends on is installed in a layer below it.",
        .shape = Shape::call,
        .fields = {{"dir",
                    types::of(Type::Kind::path),
                    "the project's directory, or a .whl file",
                    {},
                    Required::yes},
                   {"options",
                    types::record({extras, {"on", types::of(Type::Kind::base), "the image it is built on"}}),
                    "what is installed with it, and where it is built"}},
        .returns = "wheel"},
       wheel});
  session.define({{.name = "python.exec",
                   .doc = "A step that runs the interpreter of the image.",
                   .fields = run_fields(),
                   .items = types::string(),
                   .returns = "step"},
                  exec});
  session.define(
      {{.name = "python.exe",
        .doc = "The interpreter's name in the image: python in the official ones and where nothing is "
               "known, else that of the version, like python3.11.",
        .shape = Shape::value,
        .returns = "string"},
       [](Call&) -> Result<Value> { return Value(kPythonExe); }});
  define_methods(session);
}

}  // namespace tierbuild::bindings
