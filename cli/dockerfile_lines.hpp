// The instructions of a Dockerfile, one by one. Tolerant: what cannot be read is left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tierbuild::cli {

struct DockerInstruction {
  std::string word;  // lower case: "from", "run"
  std::string rest;  // continuations joined by a blank; flags included
  int line = 0;
  bool has_heredoc = false;  // its text is not in `rest`
};

std::vector<DockerInstruction> docker_instructions(std::string_view text);
/// Words as a shell splits them, quotes taken off. Nothing if the line needs a real shell: variables,
/// pipes, redirections, an open quote.
std::vector<std::string> plain_words(std::string_view line);
/// The commands between `&&` and `;` outside of quotes.
std::vector<std::string> shell_commands(std::string_view line);
/// `["a", "b"]`; empty if it is none.
std::vector<std::string> exec_form(std::string_view text);
/// Takes `--name=value` from the front of `rest`; the value, or nothing.
std::string take_flags(std::string& rest, std::string_view wanted);

}  // namespace tierbuild::cli
