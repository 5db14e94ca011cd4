// Why a target's steps run, or ran: what a plan or the record of a build says of it, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "build/builder.hpp"
#include "cli/declared.hpp"
#include "cli/terminal.hpp"

namespace tierbuild::cli {

/// One step, or (with the target's own name) its image.
struct Why {
  enum class Outcome : uint8_t {
    runs,    // now: it would run; of an image: it would be made anew
    may,     // now: if a step below makes other bytes
    reused,  // now
    found,   // it is not as in the last build, but as in an earlier one
    ran,     // last
    same,    // last: it ran to the bytes that were there
    failed   // last
  };
  std::string name;
  Outcome outcome = Outcome::reused;
  std::vector<graph::Change> changes;
  std::vector<Declared> places;  // of each change
  std::string waits_for;         // may: the step below
  std::string was;               // its label in the last build, if that was another one
  int64_t made_ms = 0;           // found: when
  int64_t duration_ms = 0;       // ran; runs and may: expected
};

struct WhyReport {
  enum class Tense : uint8_t { now, last };
  Tense tense = Tense::now;
  std::string target;
  size_t steps_in_all = 0;
  std::vector<Why> steps;  // now: all; last: those that ran
  std::optional<Why> image;
  std::vector<std::string> gone_steps;  // now
  std::vector<std::string> notes;       // now: what changed without making the image anew
  int64_t build = 0, build_ms = 0;      // last: its number, and when it began
  bool cut_off = false;                 // last: what ran made the same bytes, and nothing above ran

  /// Whether a build would do anything.
  bool anything_to_do() const;
  std::string text(const Terminal& terminal) const;
  nlohmann::ordered_json json() const;
};

/// What a build of the target would do now. The plan is of this target alone.
WhyReport why_now(const graph::Graph& graph, const build::PlanReport& plan, DeclaredPlaces& places,
                  const std::map<std::string, std::string>& stamps);
/// What the last build did that ran one of its steps or made its image; nothing if none is known.
Result<std::optional<WhyReport>> why_last(const graph::Graph& graph, graph::TargetId target,
                                          store::Records& records, DeclaredPlaces& places);

}  // namespace tierbuild::cli
