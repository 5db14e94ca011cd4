#include "lint/image_facts.hpp"

#include <charconv>

#include "base/strings.hpp"

namespace tierbuild::lint {
namespace {

constexpr int kMostLinks = 40;

std::optional<uint32_t> number_of(std::string_view text) {
  uint32_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "3.11" of "usr/local/bin/python3.11".
std::optional<std::string> version_in(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  constexpr std::string_view kStem = "python";
  if (!name.starts_with(kStem)) return std::nullopt;
  name.remove_prefix(kStem.size());
  bool plain = name.find('.') != std::string_view::npos &&
               name.find_first_not_of("0123456789.") == std::string_view::npos;
  return plain ? std::optional(std::string(name)) : std::nullopt;
}

}  // namespace

std::optional<std::string> ImageFacts::resolve(const std::string& path) const {
  std::vector<std::string> pending;  // reversed
  auto push = [&](std::string_view text) {
    std::vector<std::string_view> parts = split(text, '/');
    for (auto part = parts.rbegin(); part != parts.rend(); ++part)
      if (!part->empty() && *part != ".") pending.emplace_back(*part);
  };
  push(path);
  std::string at;
  int links = 0;
  while (!pending.empty()) {
    std::string part = std::move(pending.back());
    pending.pop_back();
    if (part == "..") {
      at.erase(at.rfind('/') == std::string::npos ? 0 : at.rfind('/'));
      continue;
    }
    std::string next = at.empty() ? part : at + "/" + part;
    auto found = files.find(next);
    if (found == files.end()) return std::nullopt;
    if (found->second.kind != FileFact::Kind::symlink) {
      at = std::move(next);
      continue;
    }
    if (++links > kMostLinks) return std::nullopt;
    if (found->second.link.starts_with('/')) at.clear();
    push(found->second.link);
  }
  return at;
}

std::set<std::string> package_names(std::string_view database) {
  std::set<std::string> names;
  std::string_view name;
  for (std::string_view line : split(database, '\n')) {
    if (line.starts_with("Package: ")) name = line.substr(9);
    if (line.starts_with("Status: ") && line.ends_with(" installed")) names.emplace(name);
    if (line.starts_with("P:")) names.emplace(line.substr(2));
  }
  return names;
}

std::optional<std::string> interpreter_version(const ImageFacts& facts, const std::string& path) {
  for (const char* name : {"python3", "python"})
    for (std::string_view directory : split(path, ':')) {
      auto found = facts.resolve(std::string(directory) + "/" + name);
      if (found) return version_in(*found);
    }
  return std::nullopt;
}

std::optional<Identity> identity_of(const ImageFacts& facts, const std::string& user) {
  std::string name = user.substr(0, user.find(':'));
  std::string group = user.find(':') == std::string::npos ? "" : user.substr(user.find(':') + 1);
  Identity identity;
  std::optional<uint32_t> number = name.empty() ? std::optional<uint32_t>(0) : number_of(name), gid;
  for (std::string_view line : split(facts.passwd, '\n')) {
    std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() < 4) continue;
    auto uid = number_of(fields[2]);
    if (!uid || (number ? *uid != *number : fields[0] != name)) continue;
    number = uid;
    name = fields[0];
    gid = number_of(fields[3]);
    break;
  }
  if (!number) return std::nullopt;
  identity.uid = *number;
  std::optional<uint32_t> wanted = number_of(group);
  for (std::string_view line : split(facts.group, '\n')) {
    std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() < 4) continue;
    auto id = number_of(fields[2]);
    if (!id) continue;
    if (!group.empty() && fields[0] == group) wanted = id;
    for (std::string_view member : split(fields[3], ','))
      if (group.empty() && trim(member) == name) identity.gids.push_back(*id);
  }
  if (!group.empty()) {
    if (!wanted) return std::nullopt;
    gid = wanted;
  }
  identity.gids.push_back(gid.value_or(0));
  return identity;
}

}  // namespace tierbuild::lint
