// Program: the world of one invocation, and the way from its arguments to a verb or a task.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/error_printer.hpp"
#include "cli/interrupt.hpp"
#include "cli/terminal.hpp"

namespace tierbuild::cli {

class Program {
 public:
  Program(std::vector<std::string> arguments, const Environment& environment);
  ~Program();

  /// Runs what the arguments say and returns the exit status.
  int run();

  const Environment& environment() const { return environment_; }
  const std::vector<std::string>& arguments() const { return arguments_; }
  const Terminal& out() const { return out_; }
  const Terminal& err() const { return err_; }
  /// Signals are caught from the first call on.
  Interrupt& interrupt();
  /// Milliseconds since the process was started, loading included.
  double milliseconds() const;
  /// The directory that file names are shown relative to.
  std::string current_directory() const;

  /// The directory that relative file names in errors belong to: the workspace root once it is known.
  void locate_sources(std::string root) { source_root_ = std::move(root); }
  /// The text of what errors call a file but is none, such as standard input.
  void know_source(const std::string& name, std::string text) { known_sources_[name] = std::move(text); }
  /// Errors and warnings are lines of JSON from now on.
  void report_as_json() { json_errors_ = true; }
  /// Prints to standard error and returns the exit status that goes with it.
  int fail(const Error& error) const;
  int fail(const std::vector<Error>& errors) const;
  void warn(const Error& warning) const;
  void warn(const std::string& text) const;

 private:
  std::string text_of(const Error& error, Severity severity) const;

  std::vector<std::string> arguments_;
  const Environment& environment_;
  Terminal out_, err_;
  std::unique_ptr<Interrupt> interrupt_;
  std::chrono::steady_clock::time_point started_;
  std::string source_root_;
  std::map<std::string, std::string> known_sources_;
  bool json_errors_ = false;
};

}  // namespace tierbuild::cli
