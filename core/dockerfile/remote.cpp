#include "dockerfile/remote.hpp"

#include <algorithm>
#include <string>

#include "base/strings.hpp"

namespace tierbuild::dockerfile {
namespace {

bool is_host(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool is_user(char c) {
  return (is_host(c) && c != '.') || c == '_';
}

// `git@example.com:team/repository`.
bool is_login(std::string_view source) {
  size_t at = source.find('@'), colon = source.find(':');
  if (at == 0 || at == std::string_view::npos || colon == std::string_view::npos || colon < at + 2)
    return false;
  std::string_view user = source.substr(0, at), host = source.substr(at + 1, colon - at - 1);
  return std::all_of(user.begin(), user.end(), is_user) && std::all_of(host.begin(), host.end(), is_host);
}

}  // namespace

SourceKind kind_of(std::string_view source) {
  size_t end = source.find("://");
  if (end == std::string_view::npos) return is_login(source) ? SourceKind::git : SourceKind::path;
  std::string scheme = lower(source.substr(0, end));
  if (scheme == "git" || scheme == "ssh") return SourceKind::git;
  if (scheme != "http" && scheme != "https") return SourceKind::path;
  std::string_view rest = source.substr(end + 3);
  std::string_view path = rest.substr(0, rest.find_first_of("?#"));
  size_t slash = path.find('/');
  bool repository = slash != std::string_view::npos && path.substr(slash).ends_with(".git");
  return repository ? SourceKind::git : SourceKind::url;
}

}  // namespace tierbuild::dockerfile
