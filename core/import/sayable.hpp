// What the language has words for, and the identity of what it says.
#pragma once

#include <string>

#include "import/translate.hpp"

namespace tierbuild::imports {

/// Fails, at the instruction, for what a Buildfile cannot say exactly.
Status check_sayable(const dockerfile::BuiltStage& stage, const dockerfile::File& file,
                     const Translation& translation);
Status check_config(const image::Config& config, const Location& where);
/// Fails if it takes something away that its base has.
Status check_above(const image::Config& base, const image::Config& config, const Location& where);

/// Texts that are equal where operations and origins are.
std::string origin_text(const dockerfile::Origin& origin);
using OriginText = std::function<std::string(const dockerfile::Origin& origin)>;
std::string operation_text(const dockerfile::Operation& operation, const OriginText& origin = origin_text);

}  // namespace tierbuild::imports
