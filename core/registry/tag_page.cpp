#include "registry/tag_page.hpp"

#include <nlohmann/json.hpp>

#include "base/strings.hpp"

namespace tierbuild::registry {
namespace {

bool is_tag(std::string_view text) {
  auto word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  return !text.empty() && text.size() <= 128 && word(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return word(c) || c == '.' || c == '-'; });
}

// The target of `<target>; rel="next"` (RFC 8288), or nothing.
std::string next_link(const std::string& header) {
  for (size_t at = header.find('<'); at != std::string::npos; at = header.find('<', at + 1)) {
    const size_t end = header.find('>', at);
    if (end == std::string::npos) return {};
    const std::string params = lower(header.substr(end + 1, header.find('<', end) - end - 1));
    if (params.find("rel=\"next\"") != std::string::npos || params.find("rel=next") != std::string::npos)
      return header.substr(at + 1, end - at - 1);
    at = end;
  }
  return {};
}

}  // namespace

Result<std::string> next_page(const Url& registry, const std::string& url, const Response& response) {
  const std::string link = next_link(response.header("link"));
  if (link.empty()) return link;
  TB_LET(Url here, parse_url(url));
  auto next = resolve_url(here, link);
  if (!next || next->origin != registry.origin)
    return Error::make(Code::corrupt, "the registry continues its list elsewhere");
  return next->text;
}

Result<TagPage> read_tag_page(const Url& registry, const std::string& url, const Response& response) {
  const nlohmann::json body = nlohmann::json::parse(response.body, nullptr, false);
  if (!body.is_object() || !body.contains("tags") || !(body["tags"].is_array() || body["tags"].is_null()))
    return Error::make(Code::corrupt, "the registry sends no list of tags");
  TagPage page;
  for (const nlohmann::json& tag : body["tags"]) {
    if (!tag.is_string() || !is_tag(tag.get_ref<const std::string&>()))
      return Error::make(Code::corrupt, "the registry lists a malformed tag");
    page.tags.push_back(tag.get<std::string>());
  }
  TB_LET(page.next, next_page(registry, url, response));
  return page;
}

}  // namespace tierbuild::registry
