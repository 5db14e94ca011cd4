// lint and export: known and checked, so that Buildfiles that use them evaluate; nothing acts on them yet.
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
  auto level = types::enumeration({"off", "warn", "error"});
  auto setting =
      types::either({level, types::record({{"want", types::any(), "what the rule compares with"}}, level)},
                    "'off', 'warn', 'error' or a table { 'warn', want = … }");
  std::vector<Field> rules;
  for (const char* name : {"base_duplicate", "pin_conflict", "unpinned", "floating_tag", "python_version",
                           "root_user", "missing_healthcheck", "size_budget", "build_tools_in_runtime",
                           "cache_defeated", "unreadable_by_user", "swallowed_failure", "layer_order"})
    rules.push_back({name, setting, "how it is reported"});
  session.define(
      {{.name = "lint", .doc = "How findings are reported.", .fields = rules, .on_error = OnError::report},
       keep_nothing});
  session.define({{.name = "lint.rule",
                   .doc = "A rule of one's own: a function of each node that reports what it finds.",
                   .shape = Shape::curried,
                   .fields = {{"on",
                               types::enumeration({"tier", "service", "target", "task"}),
                               "what it looks at",
                               {},
                               Required::yes},
                              {"level", level, "how it is reported", "error"}},
                   .items = types::of(Type::Kind::function),
                   .on_error = OnError::report},
                  keep_nothing});

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
