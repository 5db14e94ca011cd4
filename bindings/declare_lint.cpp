// lint {…} and lint.rule: how findings are reported, and rules of one's own.
#include "bindings/make_values.hpp"
#include "lint/rules.hpp"

namespace tierbuild::bindings {
namespace {

Result<Value> settings(Call& call) {
  Session& session = call.session;
  for (const auto& [rule, value] : call.table->fields) {
    Place place = call.table->place.at(rule);
    project::LintSetting setting;
    setting.where = session.where(*place.origin, place.path);
    if (const Table* table = value.table()) {
      if (table->items.size() != 1)
        return session.at(
            fault(Fault::bad_value, "'{}' of lint needs one level, found {}", rule, table->items.size())
                .hint(fmt::format("write {} = {{ 'warn', want = … }}", rule)),
            place);
      setting.level = text_of(table->items[0]);
      setting.want = text_of((*table)["want"]);
    } else {
      setting.level = text_of(value);
    }
    session.project().lints[rule] = std::move(setting);
  }
  return Value();
}

Result<Value> declare_rule(Call& call) {
  Session& session = call.session;
  const Table& table = *call.table;
  if (table.items.size() != 1)
    return session.at(fault(Fault::missing_field, "lint.rule '{}' needs one function, found {}", call.name,
                            table.items.size())
                          .hint("write lint.rule 'x' { on = 'service', function(node, report) … end }"),
                      table.place);
  if (lint::find_rule(call.name) != nullptr)
    return session.at(fault(Fault::declared_twice, "'{}' is a rule of tierbuild itself", call.name)
                          .hint("choose another name"),
                      Place{call.origin, {}});
  TB_LET(Value declared, session.declare("lint rule", call.name, call.origin));
  (void)declared;
  project::LintRuleDecl decl;
  decl.name = call.name;
  decl.doc = text_of(table["doc"]);
  decl.on = text_of(table["on"]);
  decl.level = text_of(table["level"], "error");
  decl.where = session.where(*call.origin);
  session.project().lint_rules.push_back(std::move(decl));
  session.add_lint_function(call.name, *table.items[0].function());
  return Value();
}

}  // namespace

void define_lint(Session& session) {
  auto level = types::enumeration({"off", "warn", "error"});
  std::vector<Field> rules;
  for (const lint::Rule& rule : lint::rules()) {
    TypePtr setting = level;
    if (rule.want != nullptr)
      setting = types::either({level, types::record({{"want", types::string(), rule.want}}, level)},
                              "'off', 'warn', 'error' or a table { 'warn', want = … }");
    rules.push_back({rule.name, setting, rule.finds, std::string(lint::name_of(rule.level))});
  }
  session.define({{.name = "lint",
                   .doc = "How the rules of `tierbuild lint` are reported in this workspace.",
                   .fields = rules,
                   .on_error = OnError::report},
                  settings});
  session.define(
      {{.name = "lint.rule",
        .doc =
            "A rule of one's own: function(node, report), called for each node. node has name, kind, doc, "
            "version, python, from, image, env, build_env, labels, user, workdir, entrypoint, cmd, expose, "
            "healthcheck, budget, platforms, pip (by name: spec, extras, marker, pinned, at), installed "
            "(versions by name, once built) and extends(tier); a task has name, kind, doc, needs, build, "
            "each and image. What a node does not have is false. report(at, message) takes an `at` of "
            "pip, a place 'file:line', or nil for the node itself.",
        .shape = Shape::curried,
        .fields = {{"on",
                    types::enumeration({"tier", "service", "target", "task"}),
                    "what it looks at",
                    {},
                    Required::yes},
                   {"doc", types::string(), "why it matters"},
                   {"level", level, "how it is reported", "error"}},
        .items = types::of(Type::Kind::function),
        .on_error = OnError::report},
       declare_rule});
}

}  // namespace tierbuild::bindings
