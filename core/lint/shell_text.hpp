// The commands of a shell script, as far as rules must tell them apart. Not a shell: nothing is expanded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tierbuild::lint {

struct ShellWord {
  std::string text;  // without its quotes
  size_t offset = 0;
  bool quoted = false;  // some part of it
};

/// A simple command with what follows it.
struct ShellCommand {
  std::vector<ShellWord> words;
  struct Redirect {
    std::string op;  // ">", ">>", "<", "2>", …
    ShellWord target;
    size_t offset = 0;
  };
  std::vector<Redirect> redirects;
  std::string next;        // what ends it: "&&", "||", "|", ";", "&", "\n", "(" … or nothing at the end
  size_t next_offset = 0;  // of that
  size_t offset = 0;       // of its first word
  bool opens = false;      // a `(` or `{` stands right before it

  /// The word at `index`, or nothing.
  std::string_view word(size_t index) const {
    return index < words.size() ? std::string_view(words[index].text) : std::string_view();
  }
};

/// The commands in the order in which they stand; those inside `$(…)` belong to the word that holds them.
/// Comments and here-documents are skipped. Keywords such as `if` and `then` are words of their command.
std::vector<ShellCommand> parse_shell(std::string_view script);

}  // namespace tierbuild::lint
