// lint: known and checked, so that Buildfiles that use them evaluate; nothing acts on them yet.
#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

Result<Value> keep_nothing(Call&) {
  return Value();
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
}

}  // namespace tierbuild::bindings
