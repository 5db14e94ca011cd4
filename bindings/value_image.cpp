// image.* and the methods of image values.
#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

using project::ImagePtr;

ImagePtr self_image(Call& call) {
  return image_of(call.session, call.self, call.origin);
}

Value image_value(ImagePtr image) {
  return Value(Object{std::move(image)});
}

Result<Value> known_base(Call& call, graph::Base base) {
  auto image = std::make_shared<project::Image>();
  image->base = project::KnownBase{std::move(base)};
  image->where = call.session.where(*call.origin);
  return image_value(image);
}

Result<Value> patched(Call& call, graph::ConfigPatch patch) {
  TB_LET(ImagePtr image, on_top(call.session, self_image(call), std::move(patch), *call.origin));
  return image_value(std::move(image));
}

// A method that takes one value and changes the config.
template <class Change>
void define_patch(Session& session, std::string name, std::string doc, Field parameter, Change change) {
  session.define({{.name = "image:" + name,
                   .doc = std::move(doc),
                   .shape = Shape::call,
                   .fields = {std::move(parameter)},
                   .returns = "image"},
                  [change](Call& call) -> Result<Value> {
                    graph::ConfigPatch patch;
                    TB_TRY(change(call, patch));
                    return patched(call, std::move(patch));
                  }});
}

void define_config_methods(Session& session) {
  define_patch(session, "env", "The image with more environment.",
               {"env", types::map(types::string()), "names and values", {}, Required::yes},
               [](Call& call, graph::ConfigPatch& patch) -> Status {
                 patch.env = text_map_of(call.args[0]);
                 return {};
               });
  define_patch(session, "path_prepend", "The image with a directory in front of PATH.",
               {"directory", types::string(), "absolute", {}, Required::yes},
               [](Call& call, graph::ConfigPatch& patch) -> Status {
                 patch.path_prepend = {text_of(call.args[0])};
                 return {};
               });
  define_patch(session, "workdir", "The image with another working directory.",
               {"directory", types::string(), "absolute", {}, Required::yes},
               [](Call& call, graph::ConfigPatch& patch) -> Status {
                 patch.workdir = text_of(call.args[0]);
                 return {};
               });
  define_patch(session, "user", "The image that runs as another user, who must exist.",
               {"user", types::user(), "name or number", {}, Required::yes},
               [](Call& call, graph::ConfigPatch& patch) -> Status {
                 patch.user = text_of(call.args[0]);
                 return {};
               });
  define_patch(
      session, "label", "The image with more labels.",
      {"labels", types::map(types::stamped()), "names and values; stamps are allowed", {}, Required::yes},
      [](Call& call, graph::ConfigPatch& patch) -> Status {
        patch.labels = text_map_of(call.args[0]);
        return {};
      });
  auto port = types::either({types::of(Type::Kind::port), types::string(), ports_type()},
                            "a port or a list of ports");
  define_patch(session, "expose", "The image with more exposed ports.",
               {"ports", port, "a port or several", {}, Required::yes},
               [](Call& call, graph::ConfigPatch& patch) -> Status {
                 TB_LET(patch.exposed, ports_of(call.session, call.args[0], Place{call.origin, {}}));
                 return {};
               });
  define_patch(session, "volume", "The image with more volumes.",
               {"volumes",
                types::either({types::string(), types::list(types::string())}, "a path or a list of paths"),
                "a path or several",
                {},
                Required::yes},
               [](Call& call, graph::ConfigPatch& patch) -> Status {
                 for (std::string& path : texts_of(call.args[0])) patch.volumes.insert(std::move(path));
                 return {};
               });
  define_patch(session, "entrypoint", "The image with another entrypoint; its command is dropped.",
               {"argv", types::argv(), "the command", {}, Required::yes},
               [](Call& call, graph::ConfigPatch& patch) -> Status {
                 patch.entrypoint = texts_of(call.args[0]);
                 return {};
               });
  define_patch(session, "cmd", "The image with another command.",
               {"argv", types::argv(), "the command", {}, Required::yes},
               [](Call& call, graph::ConfigPatch& patch) -> Status {
                 patch.cmd = texts_of(call.args[0]);
                 return {};
               });
  define_patch(session, "healthcheck", "The image with a health check.",
               {"check", healthcheck_type(), "such as health.http { port = 8000 }", {}, Required::yes},
               [](Call& call, graph::ConfigPatch& patch) -> Status {
                 set_healthcheck(patch, *call.args[0].table());
                 return {};
               });
}

Result<Value> with(Call& call) {
  ImagePtr image = self_image(call);
  const Value& what = call.args[0];
  if (project::StepPtr step = step_of(what)) {
    TB_LET(image, on_top(call.session, image, step, *call.origin));
    return image_value(image);
  }
  if (const LuaFunction* function = what.function()) {
    TB_LET(Value result,
           call.session.runtime().call(*function, {image_value(image)}, Place{call.origin, {}}));
    if (result.as<ImagePtr>() != nullptr) return result;
    if (project::StepPtr step = step_of(result)) {
      TB_LET(image, on_top(call.session, image, step, *call.origin));
      return image_value(image);
    }
    return fault(Fault::wrong_type, "the function of with must return an image or a step, it returned {}",
                 describe(result));
  }
  for (const Value& item : what.table()->items) {
    TB_LET(image, on_top(call.session, image, step_of(item), *call.origin));
  }
  return image_value(image);
}

Result<Value> layer_of(Call& call, std::variant<project::TreeStep, project::DiffStep> op, std::string label) {
  auto step = std::make_shared<project::Step>();
  std::visit([&](auto& held) { step->op = std::move(held); }, op);
  step->label = std::move(label);
  step->where = call.session.where(*call.origin);
  return Value(Object{LayerValue{step}});
}

void define_layer_methods(Session& session) {
  auto with_type = types::either({types::of(Type::Kind::step), types::of(Type::Kind::function),
                                  types::list(types::of(Type::Kind::step))},
                                 "a step, a layer, a list of them, or a function of an image");
  session.define(
      {{.name = "image:with",
        .doc = "The image with a step or layer on top, or what a function makes of it.",
        .shape = Shape::call,
        .fields = {{"what", with_type, "step, layer, list of them, or function", {}, Required::yes}},
        .returns = "image"},
       with});
  session.define({{.name = "image:tree",
                   .doc = "A directory of the image as a layer that can stand on any other.",
                   .shape = Shape::call,
                   .fields = {{"path", types::string(), "absolute in the image", {}, Required::yes},
                              {"to", types::string(), "where its content is placed", "the same path"}},
                   .returns = "layer"},
                  [](Call& call) -> Result<Value> {
                    std::string path = text_of(call.args[0]);
                    if (!path.starts_with('/'))
                      return fault(Fault::bad_value, "'{}' must be an absolute path in the image", path);
                    return layer_of(
                        call, project::TreeStep{self_image(call), path, text_of(call.args[1], path)}, "tree");
                  }});
  session.define({{.name = "image:diff",
                   .doc = "What the image adds on top of another one, as a layer.",
                   .shape = Shape::call,
                   .fields = {{"base", types::of(Type::Kind::base), "the image below", {}, Required::yes}},
                   .returns = "layer"},
                  [](Call& call) -> Result<Value> {
                    ImagePtr base = image_of(call.session, call.args[0], call.origin);
                    return layer_of(call, project::DiffStep{self_image(call), base}, "diff");
                  }});
}

}  // namespace

void define_images(Session& session) {
  session.define(
      {{.name = "image.from",
        .doc = "An image of a registry, or what a tier or service makes.",
        .shape = Shape::call,
        .fields = {{"ref", types::of(Type::Kind::base), "like 'python:3.12-slim'", {}, Required::yes}},
        .returns = "image"},
       [](Call& call) -> Result<Value> {
         return image_value(image_of(call.session, call.args[0], call.origin));
       }});
  session.define(
      {{.name = "image.scratch", .doc = "The empty image.", .shape = Shape::call, .returns = "image"},
       [](Call& call) { return known_base(call, graph::Base{}); }});
  session.define({{.name = "image.debian",
                   .doc = "A Debian system bootstrapped from its packages.",
                   .fields = {{"suite", types::string(), "like 'bookworm'", {}, Required::yes},
                              {"packages", types::list(types::string()), "besides the essential ones"},
                              {"mirror", types::string(), "where packages come from"}},
                   .returns = "image"},
                  [](Call& call) -> Result<Value> {
                    graph::Base base;
                    base.kind = graph::Base::Kind::debian;
                    base.suite = text_of(call["suite"]);
                    base.packages = texts_of(call["packages"]);
                    std::sort(base.packages.begin(), base.packages.end());
                    base.packages.erase(std::unique(base.packages.begin(), base.packages.end()),
                                        base.packages.end());
                    base.mirror = text_of(call["mirror"]);
                    return known_base(call, std::move(base));
                  }});
  session.define(
      {{.name = "image.oci",
        .doc = "An image of an OCI layout or archive in the workspace.",
        .shape = Shape::call,
        .fields = {{"path", types::of(Type::Kind::path), "a layout directory or tar file", {}, Required::yes},
                   {"name", types::string(), "which one, if it holds several"}},
        .returns = "image"},
       [](Call& call) -> Result<Value> {
         graph::Base base;
         base.kind = graph::Base::Kind::layout;
         TB_LET(project::SourceValue source,
                source_of(call.session, call.args[0], {}, call.origin->directory, Place{call.origin, {}}));
         base.reference = std::get<project::PathValue>(source).path;
         base.name = text_of(call.args[1]);
         return known_base(call, std::move(base));
       }});
  define_config_methods(session);
  define_layer_methods(session);
}

}  // namespace tierbuild::bindings
