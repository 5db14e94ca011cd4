// export: files for other tools that are generated from the project.
#include "base/strings.hpp"
#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

using project::ExportDecl;
using project::ExportFormat;
using project::Triggers;

// Branches stand in expressions and in lists of YAML: nothing that git refuses in a name may come through.
bool is_branch(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c > ' ' && c != 0x7f &&
           std::string_view("~^:\\'\"").find(static_cast<char>(c)) == std::string::npos;
  });
}

// minute hour day month weekday
bool is_cron(const std::string& line) {
  size_t fields = 0;
  for (std::string_view field : split(line, ' ')) {
    if (field.empty()) continue;
    ++fields;
    for (char c : field)
      if (!std::isalnum(static_cast<unsigned char>(c)) &&
          std::string_view("*/,-").find(c) == std::string::npos)
        return false;
  }
  return fields == 5;
}

/// Reads the table of one export; the first fault ends it.
class ExportReader {
 public:
  explicit ExportReader(Call& call) : call_(call), session_(call.session) {}

  Result<ExportDecl> read(ExportFormat format) {
    decl_.format = format;
    TB_LET(decl_.path, path(format));
    decl_.build = selectors_of(call_["build"]);
    decl_.changed = text_of(call_["plan"]) == "changed";
    decl_.runner = text_of(call_["runner"]);
    decl_.places = places_of(session_, call_["build"], call_.table->place.at("build"));
    decl_.where = session_.where(*call_.origin);
    TB_TRY(push());
    TB_TRY(triggers());
    return std::move(decl_);
  }

 private:
  Error fail(const Place& place, Error error) const { return session_.at(std::move(error), place); }
  // Of one text of a list, or of the text that stands in its place.
  static Place item(const Place& place, const Value& value, size_t index) {
    return value.table() != nullptr ? place.at(static_cast<int>(index + 1)) : place;
  }

  Result<std::string> path(ExportFormat format) {
    auto absolute = session_.view().resolve(call_.origin->directory, call_.name);
    if (!absolute) return session_.at(std::move(absolute).error(), Place{call_.origin, {}});
    std::string shown = session_.view().relative(*absolute);
    TB_LET(Value ignored, session_.declare("export", shown, call_.origin));
    (void)ignored;
    bool is_workflow = absolute->find("/.github/workflows/") != std::string::npos &&
                       (absolute->ends_with(".yml") || absolute->ends_with(".yaml"));
    if (format == ExportFormat::github && !is_workflow)
      return session_.at(
          fault(Fault::bad_value, "'{}' is not where GitHub looks for workflows", printable(call_.name))
              .hint("write export.github '.github/workflows/NAME.yml'"),
          Place{call_.origin, {}});
    return absolute;
  }

  // A branch, several, or true for every branch.
  Status branches(const Value& value, const Place& place, bool& wanted, std::vector<std::string>& names) {
    wanted = value.boolean() != nullptr ? *value.boolean() : !value.is_nil();
    names = texts_of(value);
    for (size_t i = 0; i < names.size(); ++i)
      if (!is_branch(names[i]))
        return fail(item(place, value, i),
                    fault(Fault::bad_value, "'{}' is not the name of a branch", printable(names[i])));
    return {};
  }

  Status push() {
    Place place = call_.table->place.at("push");
    const Value* value = &call_["push"];
    if (const Table* table = value->table()) {
      value = &(*table)["branch"];
      place = place.at("branch");
    }
    TB_TRY(branches(*value, place, decl_.push, decl_.push_branches));
    for (size_t i = 0; i < decl_.push_branches.size(); ++i)
      if (decl_.push_branches[i].find_first_of("*?[") != std::string::npos)
        return fail(item(place, *value, i),
                    fault(Fault::bad_value, "'{}' is a pattern: images are pushed from named branches",
                          decl_.push_branches[i]));
    return {};
  }

  Status triggers() {
    const Table* table = call_["on"].table();
    if (table == nullptr) return {};
    Place place = call_.table->place.at("on");
    Triggers on;
    TB_TRY(branches((*table)["push"], place.at("push"), on.push, on.push_branches));
    TB_TRY(branches((*table)["pull_request"], place.at("pull_request"), on.pull_request,
                    on.pull_request_branches));
    const Value& schedule = (*table)["schedule"];
    on.schedule = texts_of(schedule);
    for (size_t i = 0; i < on.schedule.size(); ++i)
      if (!is_cron(on.schedule[i]))
        return fail(item(place.at("schedule"), schedule, i),
                    fault(Fault::bad_value, "'{}' is not a cron line", printable(on.schedule[i]))
                        .hint("minute hour day month weekday: '0 6 * * 0' is Sunday at six, UTC"));
    const Value& dispatch = (*table)["dispatch"];
    on.dispatch = dispatch.table() != nullptr || flag_of(dispatch, false);
    if (const Table* inputs = dispatch.table())
      for (const auto& [name, kind] : inputs->fields) on.inputs.push_back({name, text_of(kind) == "choice"});
    if (!on.push && !on.pull_request && !on.dispatch && on.schedule.empty())
      return fail(place,
                  fault(Fault::missing_field, "'on' of {} names nothing that starts it", call_.subject())
                      .hint("write on = { push = 'main' }"));
    decl_.on = std::move(on);
    return {};
  }

  Call& call_;
  Session& session_;
  ExportDecl decl_;
};

void define(Session& session, const std::string& name, const std::string& doc, std::vector<Field> fields,
            Body body) {
  session.define({{.name = "export." + name,
                   .doc = doc,
                   .shape = Shape::curried,
                   .fields = std::move(fields),
                   .on_error = OnError::report,
                   .declared_name = types::of(Type::Kind::path)},
                  std::move(body)});
}

Body declares(ExportFormat format) {
  return [format](Call& call) -> Result<Value> {
    TB_LET(ExportDecl decl, ExportReader(call).read(format));
    call.session.project().exports.push_back(std::move(decl));
    return Value();
  };
}

}  // namespace

void define_exports(Session& session) {
  auto selector = types::of(Type::Kind::selector);
  Field build{"build", types::either({selector, types::list(selector)}, "a selector or a list of them"),
              "the targets it is about", "what `tierbuild build` builds"};
  auto several = [](std::string noun) {
    return types::either({types::string(), types::list(types::string())}, std::move(noun));
  };
  auto branches = several("a branch or a list of them");
  auto when = types::either({types::boolean(), types::string(), types::list(types::string())},
                            "true, a branch or a list of branches");
  auto input = types::enumeration({"choice", "string"});
  auto dispatch = types::either({types::boolean(), types::record({{"service", input, "narrows the services"},
                                                                  {"tier", input, "narrows the tiers"}})},
                                "true or a table such as { service = 'choice' }");
  auto on = types::record({{"push", when, "commits"},
                           {"pull_request", when, "pull or merge requests"},
                           {"schedule", several("a cron line or a list of them"), "times, in UTC"},
                           {"dispatch", dispatch, "people, maybe with inputs"}});
  auto push = types::either(
      {types::boolean(), types::record({{"branch", branches, "from which", {}, Required::yes}})},
      "true, false or { branch = 'main' }");
  std::vector<Field> pipeline{
      build,
      {"plan", types::enumeration({"all", "changed"}), "build all of them, or what a commit changed", "all"},
      {"push", push, "whether images are pushed; never for pull requests", "false"},
      {"on", on, "what starts it", "push to main, pull requests, people"},
      {"runner", types::string(), "label of the machines that run it"}};
  define(session, "github", "A workflow for GitHub Actions.", pipeline, declares(ExportFormat::github));
  define(session, "gitlab", "A pipeline for GitLab.", pipeline, declares(ExportFormat::gitlab));
  define(session, "compose", "A compose file of the services.", {build}, declares(ExportFormat::compose));
  define(session, "dockerfile", "A Dockerfile with a stage for each target.", {build},
         declares(ExportFormat::dockerfile));
  define(session, "bake", "A bake file for `docker buildx bake`, as JSON.", {build},
         declares(ExportFormat::bake));
}

}  // namespace tierbuild::bindings
