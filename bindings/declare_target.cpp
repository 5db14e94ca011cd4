// tier, service and defaults: the fields they have, and their declaration.
#include "bindings/make_values.hpp"
#include "bindings/python_values.hpp"

namespace tierbuild::bindings {
namespace {

std::vector<Field> make_target_fields() {
  using types::list, types::map, types::string, types::of;
  auto step = of(Type::Kind::step);
  auto source = types::either({of(Type::Kind::source), list(of(Type::Kind::source))},
                              "a path, files {…}, fetch {…} or a list of them");
  auto copy = types::record(copy_fields(), source, "a table { src, to = … }");
  auto user = types::record({{"uid", types::id(), "its number"},
                             {"gid", types::id(), "number of its group"},
                             {"group", string(), "name of its group", "its own name"},
                             {"home", string(), "its home", "/home/NAME"},
                             {"shell", string(), "its shell", "/bin/sh"}},
                            string(), "a user's name and number: { 'app', uid = 1000 }");
  auto package = types::either({string(), of(Type::Kind::layer)}, "a package or a repository");
  std::vector<Field> fields{
      {"from", of(Type::Kind::base), "what it stands on: an image, a tier or a service"},
      {"image", string(), "name of its image; {name} is its own", "{name}"},
      {"doc", string(), "one line for people"},
      {"version", string(), "of what it holds"},
      {"python", string(), "version of Python in it"},
      {"apt", list(package), "Debian packages, and the repositories they come from: apt.repo {…}"},
      {"apk", list(package), "Alpine packages, and the repositories they come from: apk.repo {…}"},
      {"layers", list(of(Type::Kind::layer)), "layers that depend on nothing below them"},
      {"pip", pip_type(), "Python packages; a list in the list is a layer of its own"},
      {"steps", list(step), "steps: run {…}, sh {…}, copy {…}"},
      {"copy", list(copy), "files that are placed last; never those of .tierbuildignore or .dockerignore"},
      {"env", map(string()), "environment of the image; makes no layer"},
      {"build_env", map(string()), "environment of its steps only"},
      {"workdir", string(), "where its command starts"},
      {"user", types::either({types::user(), user}, "a user's name, number or { 'app', uid = 1000 }"),
       "who runs it"},
      {"expose", ports_type(), "ports: 8000, '53/udp'"},
      {"volumes", list(string()), "paths of volumes"},
      {"entrypoint", types::argv(), "the command before cmd"},
      {"cmd", types::argv(), "the command"},
      {"healthcheck", healthcheck_type(), "such as health.http { port = 8000 }"},
      {"stop_signal", string(), "the signal that ends it", "SIGTERM"},
      {"shell", types::argv(), "the shell of Dockerfiles that stand on it"},
      {"author", string(), "who made it; labels say more"},
      {"labels", map(types::stamped()),
       "labels; stamps are allowed, and {name}, {doc} and {version} as values"},
      {"annotations", map(types::stamped()), "annotations of the manifest; stamps are allowed"},
      {"platforms", list(of(Type::Kind::platform)), "the platforms it is built for"},
      {"tags", list(types::stamped()), "tags of its image; stamps are allowed"},
      {"budget", types::bytes(), "most size of the image"},
      {"check", types::argv(), "a command that must succeed in the finished image"},
      {"push", types::boolean(), "whether it is pushed", "true"},
      {"deprecated", string(), "what to use instead"},
  };
  std::vector<Field> dockerfile = dockerfile_fields();
  std::move(dockerfile.begin(), dockerfile.end(), std::back_inserter(fields));
  return fields;
}

Result<Value> declare_target(Call& call) {
  TB_LET(Value handle, call.session.declare(call.schema.name, call.name, call.origin));
  call.session.add_target({call.schema.name, call.name, call.origin, {call.table}});
  return handle;
}

}  // namespace

const std::vector<Field>& target_fields() {
  static const std::vector<Field> fields = make_target_fields();
  return fields;
}

void define_targets(Session& session) {
  session.define({{.name = "tier",
                   .doc = "An image that others stand on.",
                   .shape = Shape::curried,
                   .fields = target_fields(),
                   .returns = "handle",
                   .declares = "tier",
                   .on_error = OnError::report},
                  declare_target});
  session.define({{.name = "service",
                   .doc = "An image that is run.",
                   .shape = Shape::curried,
                   .fields = target_fields(),
                   .returns = "handle",
                   .declares = "service",
                   .on_error = OnError::report},
                  declare_target});
  session.define({{.name = "defaults",
                   .doc = "Fields that every tier and service starts from.",
                   .fields = target_fields(),
                   .on_error = OnError::report},
                  [](Call& call) -> Result<Value> {
                    call.session.add_defaults(call.table);
                    return Value();
                  }});
}

}  // namespace tierbuild::bindings
