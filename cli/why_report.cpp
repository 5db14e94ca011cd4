#include "cli/why_report.hpp"

#include <ctime>

#include "base/strings.hpp"
#include "build/causes.hpp"
#include "cli/change_json.hpp"
#include "graph/alignment.hpp"
#include "graph/stamp.hpp"

namespace tierbuild::cli {
namespace {

using graph::Change;
using Json = nlohmann::ordered_json;
using Outcome = Why::Outcome;
using Subject = Change::Subject;
using Tense = WhyReport::Tense;

constexpr size_t kMostLines = 10;

std::string local_time(int64_t ms) {
  std::time_t seconds = ms / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local);
  return text.data();
}

bool acts(const Why& why) {
  return why.outcome != Outcome::reused && why.outcome != Outcome::found;
}

bool is_new(const Change& change) {
  return change.subject == Subject::step && change.how == Change::How::added && change.name.empty();
}

// A cause of its own, not one that follows from a step below.
bool is_own(const Change& change) {
  return change.subject != Subject::image && !is_new(change);
}

const char* verb_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::runs:
      return "runs";
    case Outcome::may:
      return "may run";
    case Outcome::reused:
    case Outcome::found:
      return "is reused";
    case Outcome::ran:
    case Outcome::same:
      return "ran";
    case Outcome::failed:
      return "failed";
  }
  return "";
}

std::string_view name_of(Outcome outcome) {
  static constexpr std::array<std::string_view, 7> kNames{"run", "maybe", "reuse", "found",
                                                          "ran", "same",  "failed"};
  return kNames[static_cast<size_t>(outcome)];
}

/// Lines of a report.
class Writer {
 public:
  Writer(const WhyReport& report, const Terminal& terminal) : report_(report), terminal_(terminal) {}

  std::string run() {
    head();
    chains();
    std::string rest;
    std::swap(out_, rest);
    never_built();
    for (const Why& step : report_.steps)
      if ((step.outcome != Outcome::reused || !step.changes.empty()) && !first_time(step))
        block(step, step.name);
    const std::optional<Why>& image = report_.image;
    if (image && (image->outcome != Outcome::reused || !image->changes.empty()) && !first_time(*image))
      block(*image, "the image of " + report_.target);
    for (const std::string& label : report_.gone_steps) out_ += fmt::format("{} is gone\n", printable(label));
    for (const std::string& note : report_.notes) out_ += printable(note) + "\n";
    return out_.empty() ? rest : rest + "\n" + out_;
  }

 private:
  static bool first_time(const Why& why) { return why.changes.size() == 1 && is_new(why.changes.front()); }

  // All in one line: there is nothing to compare with.
  void never_built() {
    std::string names;
    size_t more = 0, shown = 0;
    for (const Why& step : report_.steps) {
      if (!first_time(step)) continue;
      ++shown <= kMostLines ? names += (names.empty() ? "" : ", ") + printable(step.name) : (++more, names);
    }
    if (report_.image && first_time(*report_.image)) out_ += report_.target + " was never built before\n";
    if (names.empty()) return;
    out_ += "never built: " + names + (more > 0 ? fmt::format(" and {} more", more) : "") + "\n";
  }

  size_t count(Outcome outcome) const {
    return static_cast<size_t>(std::count_if(report_.steps.begin(), report_.steps.end(),
                                             [&](const Why& why) { return why.outcome == outcome; }));
  }

  void head() {
    if (report_.tense == Tense::last) {
      out_ += fmt::format("last built at {} (build {}): {} of {} steps ran\n", local_time(report_.build_ms),
                          report_.build, report_.steps.size() - count(Outcome::found), report_.steps_in_all);
      return;
    }
    size_t run = count(Outcome::runs), may = count(Outcome::may);
    out_ += report_.target + ": ";
    if (!report_.anything_to_do()) {
      out_ += "nothing would run, and the image is there\n";
      return;
    }
    out_ += run + may == 0 ? "no step would run"
                           : fmt::format("{} of {} steps would run", run, report_.steps_in_all);
    if (may > 0) out_ += fmt::format(", {} more if those make other bytes", may);
    out_ +=
        report_.image && report_.image->outcome == Outcome::runs ? "; the image would be made anew\n" : "\n";
  }

  // "service:x changes because tier:y/pip runs because requirements-base.txt:7: …", one for each first cause.
  void chains() {
    struct Chain {
      std::string cause;
      Outcome outcome = Outcome::runs;
      bool below = false, reaches = false;
      std::vector<std::string> steps;
    };
    std::vector<Chain> found;
    for (const Why& step : report_.steps) {
      auto own = std::find_if(step.changes.begin(), step.changes.end(), is_own);
      if (!acts(step) || own == step.changes.end()) continue;
      std::string cause = graph::text_of(*own);
      auto chain =
          std::find_if(found.begin(), found.end(), [&](const Chain& one) { return one.cause == cause; });
      if (chain == found.end()) chain = found.insert(found.end(), {cause, step.outcome, false, false, {}});
      chain->steps.push_back(step.name);
      chain->below |= !step.name.starts_with(report_.target + "/");
      chain->reaches |= step.outcome != Outcome::same && report_.image && acts(*report_.image);
    }
    bool now = report_.tense == Tense::now;
    std::vector<std::string> lines;
    for (const Chain& chain : found) {
      std::string line = chain.steps.front();
      if (chain.steps.size() > 1) line += fmt::format(" and {} more", chain.steps.size() - 1);
      const char* verb = now && chain.steps.size() > 1 ? "run" : verb_of(chain.outcome);
      line += fmt::format(" {} because {}", verb, chain.cause);
      bool names_target = chain.below && chain.reaches;
      lines.push_back(names_target
                          ? fmt::format("{} {} because {}", report_.target, now ? "changes" : "changed", line)
                          : line);
    }
    if (report_.image && acts(*report_.image))
      for (const Change& change : report_.image->changes)
        if (is_own(change))
          lines.push_back(fmt::format("the image of {} {} anew because {}", report_.target,
                                      now ? "is made" : "was made", graph::text_of(change)));
    for (size_t i = 0; i < std::min(lines.size(), kMostLines); ++i) out_ += printable(lines[i]) + "\n";
    if (lines.size() > kMostLines) out_ += fmt::format("and {} more causes\n", lines.size() - kMostLines);
  }

  void block(const Why& why, const std::string& name) {
    bool image = report_.image && &why == &*report_.image;
    std::string line = printable(name) + " " + (image ? image_verb(why.outcome) : verb_of(why.outcome));
    if (why.outcome == Outcome::may && !why.waits_for.empty())
      line += fmt::format(", if {} makes other bytes", printable(why.waits_for));
    if (why.outcome == Outcome::found)
      line += why.made_ms == 0 ? ": found in the records"
                               : fmt::format(": found in the records, made at {}", local_time(why.made_ms));
    if (why.outcome == Outcome::same)
      line +=
          report_.cut_off ? " again to the same bytes; nothing above it runs" : " again to the same bytes";
    if (!why.was.empty()) line += fmt::format(" (it was {})", printable(why.was));
    out_ += terminal_.paint(colour_of(why.outcome), line) + "\n";
    for (size_t i = 0; i < why.changes.size(); ++i) {
      if (i == kMostLines && why.changes.size() > kMostLines + 1) {
        out_ += fmt::format("  and {} more\n", why.changes.size() - i);
        break;
      }
      out_ += "  " + printable(graph::text_of(why.changes[i]));
      if (i < why.places.size() && why.places[i].where.known())
        out_ += fmt::format(" ({})", why.places[i].str());
      out_ += "\n";
    }
  }

  static const char* image_verb(Outcome outcome) {
    switch (outcome) {
      case Outcome::runs:
        return "is made anew";
      case Outcome::may:
        return "may be made anew";
      case Outcome::ran:
        return "was made anew";
      default:
        return "is reused";
    }
  }

  static Colour colour_of(Outcome outcome) {
    switch (outcome) {
      case Outcome::runs:
      case Outcome::ran:
        return Colour::yellow;
      case Outcome::failed:
        return Colour::red;
      default:
        return Colour::none;
    }
  }

  const WhyReport& report_;
  const Terminal& terminal_;
  std::string out_;
};

Json as_json(const Why& why) {
  Json changes = changes_json(why.changes);
  for (size_t i = 0; i < changes.size() && i < why.places.size(); ++i) {
    Json declared = place_json(why.places[i].where);
    if (declared.is_object()) {
      declared["through"] = why.places[i].through;
      declared["used"] = place_json(why.places[i].used);
    }
    changes[i]["declared"] = declared;
  }
  return {{"name", why.name},
          {"outcome", name_of(why.outcome)},
          {"changes", changes},
          {"waits_for", why.waits_for},
          {"was", why.was},
          {"made_ms", why.made_ms},
          {"duration_ms", why.duration_ms}};
}

template <class Owner>
void find_places(Why& why, const Owner& owner, DeclaredPlaces& places) {
  for (const Change& change : why.changes) {
    bool from_below =
        change.subject == Subject::image || (change.subject == Subject::step && !change.name.empty());
    why.places.push_back(from_below ? Declared{} : places.of(owner, change));
  }
}

// Stamps and tags make no image anew.
std::vector<std::string> what_stays(const graph::Target& target, const build::PlannedImage& image,
                                    const std::map<std::string, std::string>& stamps) {
  std::vector<std::string> notes;
  for (const auto& [space, map] :
       {std::pair("labels", &target.config.labels), {"annotations", &target.config.annotations}})
    for (const auto& [name, value] : *map)
      if (graph::has_stamp(value))
        notes.push_back(fmt::format(
            "{}.{} stays what it was when the image was made: stamps make no image anew", space, name));
  std::vector<std::string> tags;
  for (const std::string& tag : target.tags)
    if (auto filled = graph::fill_stamps(tag, stamps)) tags.push_back(*filled);
  for (const std::string& tag : tags)
    if (std::find(image.tags_before.begin(), image.tags_before.end(), tag) == image.tags_before.end())
      notes.push_back(fmt::format("the tag {} is new: the image is only named anew", tag));
  for (const std::string& tag : image.tags_before)
    if (std::find(tags.begin(), tags.end(), tag) == tags.end())
      notes.push_back(fmt::format("the tag {} is gone", tag));
  return notes;
}

Outcome outcome_of(build::Verdict verdict) {
  switch (verdict) {
    case build::Verdict::run:
      return Outcome::runs;
    case build::Verdict::maybe:
      return Outcome::may;
    case build::Verdict::reuse:
      break;
  }
  return Outcome::reused;
}

}  // namespace

bool WhyReport::anything_to_do() const {
  return std::any_of(steps.begin(), steps.end(), acts) || (image && acts(*image));
}

std::string WhyReport::text(const Terminal& terminal) const {
  return Writer(*this, terminal).run();
}

Json WhyReport::json() const {
  Json list = Json::array();
  for (const Why& step : steps) list.push_back(as_json(step));
  Json out{{"steps", list},
           {"image", image ? as_json(*image) : Json()},
           {"gone_steps", gone_steps},
           {"notes", notes}};
  if (tense == Tense::last) {
    out["build"] = build;
    out["started_ms"] = build_ms;
  }
  return out;
}

WhyReport why_now(const graph::Graph& graph, const build::PlanReport& plan, DeclaredPlaces& places,
                  const std::map<std::string, std::string>& stamps) {
  const build::PlannedImage& image = plan.images.front();
  WhyReport report;
  report.target = image.name;
  report.steps_in_all = plan.steps.size();
  report.gone_steps = image.gone_steps;
  for (const build::PlannedStep& step : plan.steps) {
    graph::OwnStep own = graph.named(image.target, step.node);
    Why why;
    why.name = own.label;
    why.outcome = outcome_of(step.verdict);
    why.changes = step.changes;
    if (step.waits_for.valid()) why.waits_for = graph.named(image.target, step.waits_for).label;
    why.was = step.was;
    why.made_ms = step.found_ms;
    why.duration_ms = step.expected_ms;
    if (why.outcome == Outcome::reused && step.found_ms > 0) why.outcome = Outcome::found;
    find_places(why, own, places);
    report.steps.push_back(std::move(why));
  }
  Why why{image.name, outcome_of(image.verdict), image.changes, {}, {}, {}, 0, 0};
  find_places(why, graph[image.target], places);
  if (image.verdict == build::Verdict::reuse && image.made_ms > 0)
    report.notes = what_stays(graph[image.target], image, stamps);
  report.image = std::move(why);
  return report;
}

Result<std::optional<WhyReport>> why_last(const graph::Graph& graph, graph::TargetId target,
                                          store::Records& records, DeclaredPlaces& places) {
  WhyReport report;
  report.tense = Tense::last;
  report.target = graph[target].id();
  std::string platform = graph.platform().str();
  std::vector<graph::NodeId> nodes = graph::nodes_of(graph, target);
  report.steps_in_all = nodes.size();
  TB_LET(report.build, records.last_cause(report.target, platform));
  std::map<std::string, graph::NodeId> by_label;
  for (graph::NodeId node : nodes) {
    by_label.emplace(graph[node].label, node);
    TB_LET(int64_t build, records.last_cause(graph[node].label, platform));
    report.build = std::max(report.build, build);
  }
  if (report.build == 0) return std::optional<WhyReport>();
  TB_LET(std::vector<store::BuildRecord> builds, records.builds(UINT16_MAX));
  for (const store::BuildRecord& build : builds)
    if (build.id == report.build) report.build_ms = build.started_ms;
  TB_LET(std::vector<store::CauseRecord> causes, records.causes(report.build));
  std::set<graph::NodeId> ran;
  std::map<std::string, size_t> order;
  for (size_t i = 0; i < nodes.size(); ++i) order.emplace(graph[nodes[i]].label, i);
  std::stable_sort(causes.begin(), causes.end(), [&](const auto& a, const auto& b) {
    auto rank = [&](const store::CauseRecord& cause) {
      auto found = order.find(cause.name);
      return found == order.end() ? order.size() : found->second;
    };
    return rank(a) < rank(b);
  });
  for (const store::CauseRecord& cause : causes) {
    Why why;
    why.name = cause.name;
    why.changes = build::parse_changes(cause.changes);
    for (Change& change : why.changes)
      if (auto below = by_label.find(change.name);
          change.subject == Subject::image && below != by_label.end())
        change.name = graph.named(target, below->second).label;
    why.duration_ms = cause.duration_ms;
    why.outcome = cause.outcome == "same"     ? Outcome::same
                  : cause.outcome == "failed" ? Outcome::failed
                  : cause.outcome == "found"  ? Outcome::found
                                              : Outcome::ran;
    if (cause.name == report.target) {
      find_places(why, graph[target], places);
      report.image = std::move(why);
    } else if (auto node = by_label.find(cause.name); node != by_label.end()) {
      graph::OwnStep own = graph.named(target, node->second);
      why.name = own.label;
      find_places(why, own, places);
      if (why.outcome != Outcome::found) ran.insert(node->second);
      report.steps.push_back(std::move(why));
    }
  }
  bool any_same = std::any_of(report.steps.begin(), report.steps.end(),
                              [](const Why& why) { return why.outcome == Outcome::same; });
  report.cut_off = any_same && std::none_of(ran.begin(), ran.end(), [&](graph::NodeId node) {
                     std::vector<graph::NodeId> inputs = graph.inputs_of(node);
                     return std::any_of(inputs.begin(), inputs.end(),
                                        [&](graph::NodeId input) { return ran.contains(input); });
                   });
  return std::optional(std::move(report));
}

}  // namespace tierbuild::cli
