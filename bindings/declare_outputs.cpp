// export: known and checked, so that Buildfiles that use them evaluate; nothing acts on them yet.
#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

Result<Value> keep_nothing(Call&) {
  return Value();
}

void define_export(Session& session, const std::string& name, const std::string& doc,
                   std::vector<Field> fields) {
  session.define({{.name = "export." + name,
                   .doc = doc,
                   .shape = Shape::curried,
                   .fields = std::move(fields),
                   .on_error = OnError::report,
                   .declared_name = types::of(Type::Kind::path)},
                  keep_nothing});
}

}  // namespace

void define_outputs(Session& session) {
  auto selectors =
      types::either({types::of(Type::Kind::selector), types::list(types::of(Type::Kind::selector))},
                    "a selector or a list of them");
  Field build{"build", selectors, "the targets it is about"};
  std::vector<Field> pipeline{
      build,
      {"plan", types::enumeration({"all", "changed"}), "which of them are built", "all"},
      {"push", types::any(), "true, or when"},
      {"on", types::any(), "what starts it"}};
  define_export(session, "github", "A workflow for GitHub Actions.", pipeline);
  define_export(session, "gitlab", "A pipeline for GitLab.", pipeline);
  define_export(session, "compose", "A compose file of the services.", {build});
  define_export(session, "dockerfile", "A Dockerfile of a target.", {build});
  define_export(session, "bake", "A bake file.", {build});
}

}  // namespace tierbuild::bindings
