#include "cli/step_watch.hpp"

namespace tierbuild::cli {

constexpr size_t kLastLines = 20;

void StepWatch::on(const build::Event& event) {
  next_.on(event);
  if (const auto* output = std::get_if<build::StepOutput>(&event)) {
    std::deque<std::string>& tail = tails_[output->node];
    tail.emplace_back(output->line);
    if (tail.size() > kLastLines) tail.pop_front();
  } else if (const auto* finished = std::get_if<build::StepFinished>(&event)) {
    auto tail = tails_.extract(finished->node);
    if (finished->outcome != build::StepOutcome::failed) return;
    FailedStep failed{finished->node, finished->label, {}};
    if (!tail.empty()) failed.last_lines.assign(tail.mapped().begin(), tail.mapped().end());
    failed_.push_back(std::move(failed));
  } else if (const auto* totals = std::get_if<build::BuildFinished>(&event)) {
    totals_ = *totals;
  }
}

}  // namespace tierbuild::cli
