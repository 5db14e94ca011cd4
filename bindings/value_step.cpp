// run, sh, copy and layer.*: free values, and the same as methods of images.
#include "bindings/make_values.hpp"
#include "dockerfile/file_mode.hpp"

namespace tierbuild::bindings {
namespace {

std::vector<Field> with_shell(std::vector<Field> fields) {
  fields.push_back(
      {"shell", types::either({types::string(), types::list(types::string())}, "a shell's path or command"),
       "what runs the script", "/bin/sh -c"});
  return fields;
}

std::vector<Field> with_strict(std::vector<Field> fields) {
  fields.push_back(
      {"strict", types::boolean(), "whether `set -eu` and `pipefail` stand before the script", "true"});
  return fields;
}

project::StepPtr make_step(Call& call, decltype(project::Step::op) op, std::string label) {
  auto step = std::make_shared<project::Step>();
  step->op = std::move(op);
  step->label = std::move(label);
  step->where = call.session.where(*call.origin);
  return step;
}

Result<project::StepPtr> run_step(Call& call) {
  if (call.table->items.empty())
    return call.session.at(
        fault(Fault::missing_field, "run needs a command").hint("write run { 'make', 'install' }"),
        call.table->place);
  TB_LET(project::RunStep run, run_of(call.session, *call.table));
  return make_step(call, std::move(run), text_of(call["label"], "run"));
}

Result<project::StepPtr> sh_step(Call& call) {
  if (call.table->items.size() != 1)
    return call.session.at(fault(Fault::bad_value, "sh takes one script, found {}", call.table->items.size())
                               .hint("write sh { [[ … ]] }"),
                           call.table->place);
  TB_LET(project::RunStep run, run_of(call.session, *call.table));
  Strict strict = flag_of(call["strict"], true) ? Strict::yes : Strict::no;
  return make_step(call, shell_of(std::move(run), call["shell"], strict), text_of(call["label"], "sh"));
}

Result<project::StepPtr> copy_step(Call& call) {
  TB_LET(std::vector<project::CopyItem> items,
         copy_items_of(call.session, *call.table, call.origin->directory));
  return make_step(call, project::CopyStep{std::move(items)}, "copy");
}

std::vector<Field> place_fields() {
  std::vector<Field> fields{
      {"to",
       types::string(),
       "absolute, or relative to the workdir; with '/' at the end, or if the image has one there, a "
       "directory",
       {},
       Required::yes},
      {"from", types::of(Type::Kind::base), "an image whose files are meant, instead of the context's"},
      {"owner", types::string(), "as --chown", "root, and as they are in an image"},
      {"mode", types::string(), "as --chmod: '0755', 'u+x,go-w'", "as they are"},
      {"exclude", types::list(types::string()), "as --exclude"},
      {"link", types::boolean(), "as --link", "false"},
      {"parents", types::boolean(), "as --parents", "false"},
      {"unpack", types::boolean(), "unpack archives, as ADD does", "false"},
      {"texts", types::map(types::string()), "files by their names, with what they hold"}};
  for (Field& field : context_fields()) fields.push_back(std::move(field));
  return fields;
}

Result<project::StepPtr> place_step(Call& call) {
  project::PlaceStep place;
  place.to = text_of(call["to"]);
  place.owner = text_of(call["owner"]);
  place.mode = text_of(call["mode"]);
  place.exclude = texts_of(call["exclude"]);
  place.link = flag_of(call["link"], false);
  place.parents = flag_of(call["parents"], false);
  bool unpack = flag_of(call["unpack"], false), from = call.table->has("from");
  if (from && (call.table->has("context") || call.table->has("ignore")))
    return call.session.at(fault(Fault::bad_value, "place has either an image in 'from' or a context"),
                           call.table->place.at("from"));
  if (place.to.empty())
    return call.session.at(fault(Fault::bad_value, "'to' of place is empty"), call.table->place.at("to"));
  if (!place.mode.empty())
    if (auto mode = dockerfile::FileMode::parse(place.mode); !mode)
      return call.session.at(fault(Fault::bad_value, "{}", mode.error().message()),
                             call.table->place.at("mode"));
  project::ImagePtr image = from ? image_of(call.session, call["from"], call.table->place.origin) : nullptr;
  project::ContextDirectory context;
  if (!from && !call.table->items.empty()) {
    TB_LET(context, context_of(call));
  }
  for (const std::string& path : texts_of(Value(call.table))) {
    if (from)
      place.items.push_back(
          {project::ImagePath{image, path.starts_with('/') ? path : "/" + path}, "", unpack});
    else
      place.items.push_back({project::ContextPath{context, path}, "", unpack});
  }
  for (auto& [name, text] : text_map_of(call["texts"]))
    place.items.push_back({project::TextValue{text}, name, false});
  if (place.items.empty())
    return call.session.at(
        fault(Fault::missing_field, "place needs a path").hint("write place { 'src', to = '/app/' }"),
        call.table->place);
  return make_step(call, std::move(place), "place");
}

Result<project::StepPtr> directory_step(Call& call) {
  if (call.table->items.size() != 1)
    return call.session.at(
        fault(Fault::missing_field, "directory needs one path").hint("write directory { '/app' }"),
        call.table->place);
  project::DirectoryStep directory{text_of(call.table->items[0]), text_of(call["owner"])};
  return make_step(call, std::move(directory), "directory");
}

using MakeStep = Result<project::StepPtr> (*)(Call&);

// `name {…}` and `img:name {…}`, which is img:with(name {…}).
void define_step(Session& session, const std::string& name, const std::string& doc, std::vector<Field> fields,
                 TypePtr items, MakeStep make) {
  session.define({{.name = name, .doc = doc, .fields = fields, .items = items, .returns = "step"},
                  [make](Call& call) -> Result<Value> {
                    TB_LET(project::StepPtr step, make(call));
                    return Value(Object{StepValue{std::move(step)}});
                  }});
  session.define({{.name = "image:" + name,
                   .doc = "The image with this step on top. " + doc,
                   .fields = std::move(fields),
                   .items = std::move(items),
                   .returns = "image"},
                  [make](Call& call) -> Result<Value> {
                    TB_LET(project::StepPtr step, make(call));
                    project::ImagePtr below = image_of(call.session, call.self, call.origin);
                    TB_LET(project::ImagePtr image,
                           on_top(call.session, below, std::move(step), *call.origin));
                    return Value(Object{std::move(image)});
                  }});
}

Result<Value> layer_files(Call& call) {
  project::CopyStep copy;
  for (const Value& entry : call.table->items) {
    TB_LET(auto items, copy_items_of(call.session, *entry.table(), call.origin->directory));
    for (auto& item : items) copy.items.push_back(std::move(item));
  }
  if (copy.items.empty())
    return fault(Fault::missing_field, "layer.files needs at least one {{ src, to = }}");
  return Value(Object{LayerValue{make_step(call, std::move(copy), "files")}});
}

constexpr const char* kBuildSource = "/src";
constexpr const char* kBuildOutput = "/out";

Result<Value> layer_build(Call& call) {
  bool argv = (*call.table).has("run"), script = (*call.table).has("sh");
  if (argv == script)
    return call.session.at(fault(Fault::missing_field, "layer.build '{}' needs either run or sh", call.name),
                           call.table->place);
  TB_LET(project::RunStep run, run_of(call.session, *call.table));
  if (argv) {
    run.argv = texts_of(call["run"]);
  } else {
    run.argv = {text_of(call["sh"])};
    run = shell_of(std::move(run), call["shell"]);
  }
  run.on = image_of(call.session, call["on"], call.origin);
  run.out = kBuildOutput;
  run.env.emplace("OUT", kBuildOutput);
  if (call.table->has("src")) {
    project::MountValue mount;
    mount.mount.kind = graph::Mount::Kind::bind;
    mount.mount.target = kBuildSource;
    mount.mount.writable = true;
    TB_LET(mount.from, source_of(call.session, call["src"], texts_of(call["exclude"]), call.origin->directory,
                                 call.table->place.at("src")));
    run.mounts.push_back(std::move(mount));
    if (run.cwd.empty()) run.cwd = kBuildSource;
  }
  return Value(Object{LayerValue{make_step(call, std::move(run), call.name)}});
}

}  // namespace

void define_steps(Session& session) {
  auto words = types::string();
  define_step(session, "run", "Runs a command, given as its words; no shell is involved.", run_fields(),
              words, run_step);
  define_step(session, "sh", "Runs a script of the shell with `set -eu`, and `pipefail` where there is one.",
              with_strict(with_shell(run_fields())), words, sh_step);
  auto source = types::either({types::of(Type::Kind::source), types::list(types::of(Type::Kind::source))},
                              "a path, files {…}, fetch {…} or a list of them");
  define_step(session, "copy", "Places files of the workspace, of another image or of the network.",
              copy_fields(), source, copy_step);
  define_step(session, "place",
              "Copies files as COPY of a Dockerfile does: what the image holds decides where they land, its "
              "symlinks are followed, and paths may have wildcards.",
              place_fields(), words, place_step);
  define_step(session, "directory",
              "Makes a directory, and those above it that are missing, as WORKDIR of a Dockerfile does.",
              {{"owner", types::string(), "a user's name or number, maybe with ':group'", "root"}}, words,
              directory_step);

  session.define({{.name = "layer.files",
                   .doc = "A layer of files that does not depend on what is below it.",
                   .items = types::record(copy_fields(), source, "{ src, to = … }"),
                   .returns = "layer"},
                  layer_files});
  std::vector<Field> fields = with_shell(run_fields());
  fields.insert(fields.begin(),
                {{"on", types::of(Type::Kind::base), "the image it is built in", {}, Required::yes},
                 {"src", types::of(Type::Kind::source), "files to work on, at /src, where it starts"},
                 {"exclude", types::list(types::string()), "patterns that are left out of src"},
                 {"run", types::argv(), "the command; what it leaves in $OUT is the layer"},
                 {"sh", types::string(), "a script, instead of run"}});
  session.define({{.name = "layer.build",
                   .doc = "A layer made by a command in an image of its own; it can stand on any other.",
                   .shape = Shape::curried,
                   .fields = std::move(fields),
                   .returns = "layer"},
                  layer_build});
}

}  // namespace tierbuild::bindings
