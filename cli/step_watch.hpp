// StepWatch: passes events on and remembers how failed steps ended.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "build/events.hpp"

namespace tierbuild::cli {

struct FailedStep {
  graph::NodeId node;
  std::string label;
  std::vector<std::string> last_lines;  // of its output, at most 20
};

class StepWatch final : public build::EventSink {
 public:
  explicit StepWatch(build::EventSink& next) : next_(next) {}
  void on(const build::Event& event) override;

  const std::vector<FailedStep>& failed() const { return failed_; }
  /// Totals of the last build; zeros if it did not get that far.
  const build::BuildFinished& totals() const { return totals_; }

 private:
  build::EventSink& next_;
  std::unordered_map<graph::NodeId, std::deque<std::string>> tails_;
  std::vector<FailedStep> failed_;
  build::BuildFinished totals_;
};

}  // namespace tierbuild::cli
