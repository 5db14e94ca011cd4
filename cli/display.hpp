// Displays: how a build is shown while it runs, each made from the builder's events alone.
#pragma once

#include <memory>

#include "build/events.hpp"
#include "cli/options.hpp"
#include "cli/terminal.hpp"

namespace tierbuild::cli {

class Display : public build::EventSink {
 public:
  /// Called once, after the last event and before anything else is written.
  virtual void close() {}
};

enum class Progress { tty, plain, json, quiet };

/// `auto` is tty on a terminal outside of CI, else plain. -q wins.
Progress choose_progress(const Options& options, const Terminal& terminal, const Environment& environment);

std::unique_ptr<Display> tty_display(const Terminal& terminal, const Clock& clock);
std::unique_ptr<Display> plain_display(const Terminal& terminal, const Clock& clock);
std::unique_ptr<Display> json_display(const Terminal& terminal);
/// Only notices.
std::unique_ptr<Display> quiet_display(const Terminal& terminal);
std::unique_ptr<Display> make_display(Progress progress, const Terminal& terminal, const Clock& clock);

/// The last line of `--progress=json`: totals and the time since the process was started.
std::string finished_json(const build::BuildFinished& totals, int status, double program_ms);

}  // namespace tierbuild::cli
