// run, sh, copy and layer.*: free values, and the same as methods of images.
#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

std::vector<Field> with_shell(std::vector<Field> fields) {
  fields.push_back(
      {"shell", types::either({types::string(), types::list(types::string())}, "a shell's path or command"),
       "what runs the script", "/bin/sh -c"});
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
  return make_step(call, shell_of(std::move(run), call["shell"]), text_of(call["label"], "sh"));
}

Result<project::StepPtr> copy_step(Call& call) {
  TB_LET(std::vector<project::CopyItem> items,
         copy_items_of(call.session, *call.table, call.origin->directory));
  return make_step(call, project::CopyStep{std::move(items)}, "copy");
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
              with_shell(run_fields()), words, sh_step);
  auto source = types::either({types::of(Type::Kind::source), types::list(types::of(Type::Kind::source))},
                              "a path, files {…}, fetch {…} or a list of them");
  define_step(session, "copy", "Places files of the workspace, of another image or of the network.",
              copy_fields(), source, copy_step);

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
