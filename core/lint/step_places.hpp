// Where in the files of the workspace a step, or a part of its script, was written.
#pragma once

#include <string_view>

#include "lint/subject.hpp"

namespace tierbuild::lint {

/// The place of `script[offset]`, found by the text from `start` to `end` around it. Nothing if the author's
/// files do not have that text: then the standard library made the script.
std::optional<Location> place_in_script(const Subject& subject, const project::Step& step,
                                        std::string_view script, size_t offset, size_t start, size_t end);

/// True if the line that the step was declared in has the word: `copy` in `copy { 'src', to = '/app' }`.
bool declared_with(const Subject& subject, const project::Step& step, std::string_view word);

}  // namespace tierbuild::lint
