#include "cli/display.hpp"

namespace tierbuild::cli {

Progress choose_progress(const Options& options, const Terminal& terminal, const Environment& environment) {
  if (options.quiet || options.progress == "quiet") return Progress::quiet;
  if (options.progress == "tty") return Progress::tty;
  if (options.progress == "plain") return Progress::plain;
  if (options.progress == "json") return Progress::json;
  std::string ci = environment.get("CI").value_or("");
  return terminal.tty && (ci.empty() || ci == "false") ? Progress::tty : Progress::plain;
}

std::unique_ptr<Display> make_display(Progress progress, const Terminal& terminal, const Clock& clock) {
  switch (progress) {
    case Progress::tty:
      return tty_display(terminal, clock);
    case Progress::plain:
      return plain_display(terminal, clock);
    case Progress::json:
      return json_display(terminal);
    case Progress::quiet:
      return quiet_display(terminal);
  }
  return quiet_display(terminal);
}

}  // namespace tierbuild::cli
