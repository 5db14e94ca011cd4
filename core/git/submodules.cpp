#include "git/submodules.hpp"

#include "base/strings.hpp"

namespace tierbuild::git {
namespace {

// `"a b" # comment` of a configuration of git as `a b`.
std::string value_of(std::string_view text) {
  std::string value, blanks;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      quoted = !quoted;
      continue;
    }
    if (!quoted && (c == '#' || c == ';')) break;
    if (!quoted && (c == ' ' || c == '\t')) {
      blanks += c;
      continue;
    }
    if (c == '\\' && i + 1 < text.size()) c = text[++i];
    if (!value.empty()) value += blanks;
    blanks.clear();
    value += c;
  }
  return value;
}

/// `url` of the section whose `path` is the given one.
std::string url_in(std::string_view text, std::string_view wanted) {
  std::string path, url;
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    if (line.starts_with('[')) {
      if (path == wanted) break;
      path.clear();
      url.clear();
      continue;
    }
    size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    std::string key = lower(trim(line.substr(0, equals)));
    if (key == "path") path = value_of(trim(line.substr(equals + 1)));
    if (key == "url") url = value_of(trim(line.substr(equals + 1)));
  }
  return path == wanted ? url : "";
}

/// `../b.git` beside `https://host/team/a.git`.
std::string beside(std::string parent, std::string_view url) {
  while (parent.ends_with('/')) parent.pop_back();
  for (;;) {
    bool up = url.starts_with("../");
    if (!up && !url.starts_with("./")) return fmt::format("{}/{}", parent, url);
    url.remove_prefix(up ? 3 : 2);
    if (!up) continue;
    size_t host = parent.find("://");
    size_t cut = parent.rfind('/');
    bool in_path = cut != std::string::npos && (host == std::string::npos || cut > host + 2);
    if (in_path) {
      parent.resize(cut);
    } else if (size_t colon = parent.rfind(':'); host == std::string::npos && colon != std::string::npos) {
      return fmt::format("{}:{}", parent.substr(0, colon), url);
    } else {
      return "";
    }
  }
}

}  // namespace

Result<std::string> submodule_url(const Objects& objects, const ObjectId& tree, const std::string& parent,
                                  const std::string& path) {
  TB_LET(std::vector<NamedEntry> entries, objects.tree(tree));
  for (const NamedEntry& entry : entries) {
    if (entry.name != ".gitmodules" || entry.entry.mode == Mode::symlink) continue;
    TB_LET(std::string text, objects.blob(entry.entry.id));
    std::string url = url_in(text, path);
    if (url.starts_with("./") || url.starts_with("../")) url = beside(parent, url);
    if (!url.empty()) return url;
  }
  return Error::make(Code::not_found, "{} has a submodule '{}', but no URL of it in .gitmodules", parent,
                     printable(path))
      .hint("add it there, or leave submodules out with ?submodules=false");
}

}  // namespace tierbuild::git
