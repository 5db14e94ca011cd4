// From the parts of a statement to a typed instruction.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "dockerfile/source.hpp"
#include "dockerfile/statement.hpp"
#include "dockerfile/syntax.hpp"

namespace tierbuild::dockerfile {

Result<Instruction> make_instruction(const SourceText& source, const Statement& statement,
                                     std::vector<Heredoc> heredocs, const File& file);

}  // namespace tierbuild::dockerfile
