#include "python/installed.hpp"

#include "base/strings.hpp"

namespace tierbuild::python {
namespace {

/// One header of a METADATA file, its continuation lines joined.
struct Header {
  std::string name;  // lower case
  std::string value;
  int line = 0;
};

// The headers end at the first empty line; what follows is a description.
std::vector<Header> headers_of(std::string_view text) {
  std::vector<Header> headers;
  int number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      if (!headers.empty()) headers.back().value += " " + std::string(trim(line));
      continue;
    }
    size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    headers.push_back(
        {lower(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1))), number});
  }
  return headers;
}

}  // namespace

Result<InstalledPackage> parse_metadata(std::string_view text, std::string path) {
  InstalledPackage package;
  package.path = std::move(path);
  for (const Header& header : headers_of(text)) {
    if (header.name == "name" && package.spelled.empty()) package.spelled = header.value;
    if (header.name == "version" && package.version.empty()) package.version = header.value;
    if (header.name != "requires-dist") continue;
    auto need = parse_requirement(header.value, Location{package.path + "/METADATA", header.line, 0});
    if (need) package.needs.push_back(std::move(*need));
  }
  package.name = normalise(package.spelled);
  if (package.name.empty() || package.version.empty())
    return Error::make(Code::invalid, "{}/METADATA has no {}", package.path,
                       package.name.empty() ? "Name" : "Version");
  return package;
}

}  // namespace tierbuild::python
