// Verb: one word of the command line. One file each; verbs.cpp holds the table of all.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/flags.hpp"

namespace tierbuild::cli {

class Program;

class Verb {
 public:
  virtual ~Verb() = default;
  /// Declares flags and words into members.
  virtual void declare(FlagSet& flags) = 0;
  /// Called after the command line was parsed; returns the exit status.
  virtual int run(Program& program) = 0;
};

enum class Group { images, registry, project, host, hidden };

struct VerbEntry {
  const char* name;
  Group group;
  const char* summary;   // one line, for the overview
  const char* details;   // paragraphs for `tierbuild VERB --help`; may be empty
  const char* examples;  // one per line: command, two blanks, what it does
  std::unique_ptr<Verb> (*make)();
};

/// Every verb, in the order of the overview.
std::span<const VerbEntry> verbs();
/// The verb of this name, or null.
const VerbEntry* find_verb(std::string_view name);
/// The names of all verbs that are not hidden.
std::vector<std::string> verb_names();

// One per verb_*.cpp.
std::unique_ptr<Verb> make_build();
std::unique_ptr<Verb> make_plan();
std::unique_ptr<Verb> make_changed();
std::unique_ptr<Verb> make_graph();
std::unique_ptr<Verb> make_run();
std::unique_ptr<Verb> make_probe();
std::unique_ptr<Verb> make_shell();
std::unique_ptr<Verb> make_push();
std::unique_ptr<Verb> make_pull();
std::unique_ptr<Verb> make_login();
std::unique_ptr<Verb> make_logout();
std::unique_ptr<Verb> make_releases();
std::unique_ptr<Verb> make_rollback();
std::unique_ptr<Verb> make_inspect();
std::unique_ptr<Verb> make_df();
std::unique_ptr<Verb> make_prune();
std::unique_ptr<Verb> make_verify();
std::unique_ptr<Verb> make_doctor();
std::unique_ptr<Verb> make_export();
std::unique_ptr<Verb> make_init();
std::unique_ptr<Verb> make_import();
std::unique_ptr<Verb> make_tasks();
std::unique_ptr<Verb> make_completion();
std::unique_ptr<Verb> make_complete();
std::unique_ptr<Verb> make_explain();
std::unique_ptr<Verb> make_help();
std::unique_ptr<Verb> make_lint();
std::unique_ptr<Verb> make_lock();
std::unique_ptr<Verb> make_lsp();
std::unique_ptr<Verb> make_why();

}  // namespace tierbuild::cli
