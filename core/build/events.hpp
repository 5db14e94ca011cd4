// Events: what a build tells whoever watches it. Displays, logs and JSON output are made from these alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "graph/graph.hpp"

namespace tierbuild::build {

enum class StepOutcome : uint8_t { reused, ran, failed, skipped, cancelled };
std::string_view name_of(StepOutcome outcome);

struct BuildStarted {
  size_t nodes = 0, targets = 0;
};
struct StepStarted {
  graph::NodeId node;
  std::string label;  // "tier:base/apt"
  std::string title;  // what it does, on one line: the command, the files
};
/// A whole line of a step's output, without its line end, safe for a terminal.
struct StepOutput {
  graph::NodeId node;
  std::string label;
  std::string_view line;  // valid during the call only
};
/// Work without output of its own: "unpacking", "compressing", "pulling 12.3 MB"; shown while it lasts.
struct StepProgress {
  graph::NodeId node;
  std::string label, phase;
  uint64_t done = 0, total = 0;  // bytes; 0 if unknown
};
struct StepFinished {
  graph::NodeId node;
  std::string label;
  StepOutcome outcome = StepOutcome::reused;
  int64_t duration_ms = 0;
  uint64_t layer_size = 0;          // compressed bytes of what it made; 0 if it made no layer
  std::string reason;               // why it ran: "argv[2] changed", "never built"
  std::vector<Digest> layers = {};  // that it made now: diff ids, bottom first
};
struct ImageFinished {
  graph::TargetId target;
  std::string name;  // "service:discord"
  Digest digest;
  bool reused = false;
};
struct PushProgress {
  std::string reference, phase;  // "blobs", "done"
  uint64_t done = 0, total = 0;
};
struct Notice {
  std::string text;  // a warning for people
};
struct BuildFinished {
  uint32_t ran = 0, reused = 0, failed = 0, skipped = 0;
  int64_t duration_ms = 0;
};

using Event = std::variant<BuildStarted, StepStarted, StepOutput, StepProgress, StepFinished, ImageFinished,
                           PushProgress, Notice, BuildFinished>;

/// Receives events on the thread of the loop, one at a time, in order.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on(const Event& event) = 0;
};

}  // namespace tierbuild::build
