// Words, lists and texts as a Dockerfile writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tierbuild::exports {

/// `["a", "b"]`.
std::string json_argv(const std::vector<std::string>& words);
/// `"text"` for a value of ENV, LABEL or ARG: nothing in it is replaced.
std::string quoted_value(std::string_view text);
/// The arguments of COPY and ADD, in which nothing is replaced: words, or a list if a word needs it.
std::string path_words(const std::vector<std::string>& words);
/// A path as a pattern that only it matches.
std::string as_pattern(std::string_view path);

/// A text behind an instruction: `instruction <<'EOF' rest`, the lines, and the end. A text without a line
/// end at its end gets one.
std::string with_heredoc(const std::string& instruction, const std::string& rest, std::string_view text);

}  // namespace tierbuild::exports
