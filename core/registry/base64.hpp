// Base64, as HTTP Basic and docker's config files use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tierbuild::registry {

std::string base64(std::string_view bytes);
/// The bytes; nothing if the text is malformed. Padding may be left out.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace tierbuild::registry
