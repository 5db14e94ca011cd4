// `tierbuild changed`.
#include <nlohmann/json.hpp>

#include <set>

#include "base/strings.hpp"
#include "cli/exit_status.hpp"
#include "cli/since.hpp"
#include "cli/text_table.hpp"
#include "cli/verb.hpp"
#include "project/selector.hpp"

namespace tierbuild::cli {
namespace {

using Json = nlohmann::ordered_json;

class ChangedVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    options_.declare_since(flags);
    flags.toggle("--names", "only the names of those that are still there, one a line", names_);
    flags.toggle("--json", "as JSON", json_);
    options_.declare_project(flags);
    options_.declare_store(flags);
    flags.words("SEL…", WordKind::selectors, 0, SIZE_MAX, selectors_);
  }

  int run(Program& program) override {
    if (names_ && json_)
      return program.fail(
          Error(Code::invalid, "--names and --json are two forms of the result").hint("choose one"));
    if (options_.since.empty())
      return program.fail(Error(Code::invalid, "`tierbuild changed` needs --since REF")
                              .hint("tierbuild changed --since origin/main"));
    Session session(program, options_);
    if (int status = session.load(Platforms::all); status != kDone) return status;
    auto since = session.since();
    if (!since) return program.fail(since.error());
    auto shown = wanted(session, **since);
    if (!shown) return program.fail(shown.error());
    if (names_)
      program.out().write(names(*shown));
    else if (json_)
      program.out().write(json(**since, *shown));
    else
      program.out().write(table(**since, *shown, program.out()));
    return kDone;
  }

 private:
  using Changes = std::vector<changes::TargetChange>;

  // Those that are selected; without selectors, all.
  Result<Changes> wanted(Session& session, const Since& since) const {
    if (selectors_.empty()) return since.changes;
    TB_LET(std::vector<graph::TargetId> targets,
           project::select(session.project(), session.graph(), selectors_));
    std::set<std::string> selected;
    for (graph::TargetId id : targets) selected.insert(session.graph()[id].id());
    Changes changes;
    for (const changes::TargetChange& change : since.changes)
      if (selected.contains(change.target)) changes.push_back(change);
    return changes;
  }

  static std::string name_of_target(const std::string& id) { return id.substr(id.find(':') + 1); }

  static std::string names(const Changes& changes) {
    std::string out;
    for (const changes::TargetChange& change : changes)
      if (change.kind != changes::Kind::deleted) out += name_of_target(change.target) + "\n";
    return out;
  }

  std::string json(const Since& since, const Changes& changes) const {
    Json targets = Json::array();
    for (const changes::TargetChange& change : changes)
      targets.push_back({{"target", change.target},
                         {"name", name_of_target(change.target)},
                         {"change", name_of(change.kind)},
                         {"reason", change.reason}});
    Json all = {{"since", options_.since}, {"base", since.base}, {"targets", std::move(targets)}};
    if (!since.note.empty()) all["note"] = since.note;
    return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

  std::string table(const Since& since, const Changes& changes, const Terminal& terminal) const {
    if (changes.empty())
      return fmt::format("nothing changed since {} ({})\n", printable(options_.since),
                         since.base.substr(0, 12));
    TextTable table({{"TARGET", Align::left}, {"CHANGE", Align::left}, {"REASON", Align::left}});
    for (const changes::TargetChange& change : changes)
      table.add({change.target, std::string(name_of(change.kind)), printable(change.reason)});
    return table.str(terminal);
  }

  Options options_;
  std::vector<std::string> selectors_;
  bool names_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_changed() {
  return std::make_unique<ChangedVerb>();
}

}  // namespace tierbuild::cli
