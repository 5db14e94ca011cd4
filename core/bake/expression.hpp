// Expressions in the texts of bake files: `app:${TAG}`, `${item.tgt == "a" ? 1 : 2}`. A part of HCL's
// language.
#pragma once

#include <functional>
#include <string_view>

#include "document/node.hpp"

namespace tierbuild::bake {

/// The value of a variable, or of `target.NAME.KEY`; fails with `not_found` if there is none.
using Variable = std::function<Result<document::Node>(const std::string& name)>;

/// Replaces `${…}` in a text; `$${` is `${`. A text that is one expression as a whole takes its value, of
/// whatever kind. Fails with `invalid` and the text's place; what this part of the language lacks is named.
Result<document::Node> filled(const document::Node& text, const Variable& variable);
/// The same for all texts of a node, names of members apart.
Result<document::Node> filled_all(const document::Node& node, const Variable& variable);

/// `name(…)`; fails with `not_found` for a function that there is not.
Result<document::Node> call_function(const std::string& name, const std::vector<document::Node>& arguments);

/// About the bytes that a node takes.
size_t weight(const document::Node& node);

/// A number as HCL writes it.
document::Node number_node(double value);
double number_of(const document::Node& node);

}  // namespace tierbuild::bake
