// The parser: from the text of a Dockerfile to its instructions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "dockerfile/syntax.hpp"

namespace tierbuild::dockerfile {

/// Reads a whole Dockerfile, as BuildKit's `docker/dockerfile:1` does: what that accepts is accepted. `name`
/// is the file's name, for errors. Fails with `invalid` and the place: an unknown instruction or flag (with a
/// suggestion), a missing argument, a heredoc without end, an instruction in front of the first FROM.
Result<File> parse(std::string_view text, const std::string& name);

/// Reads the instruction of an ONBUILD for a file that builds on the image that has it; `at` is the FROM that
/// triggers it, and becomes the place of everything in it.
Result<Instruction> parse_trigger(const std::string& trigger, const File& file, const Range& at);

}  // namespace tierbuild::dockerfile
