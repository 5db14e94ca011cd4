#include <charconv>

#include "base/strings.hpp"
#include "sandbox/oci_spec.hpp"

namespace tierbuild::sandbox {
namespace {

constexpr uint64_t kHighestId = 0x7fffffff;

struct User {
  std::string name, home;
  std::string uid, gid;  // as written: only the entry that is used must be sound
};

struct Group {
  std::string name, gid;
  std::vector<std::string_view> members;
};

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<uint32_t> parse_id(std::string_view text) {
  uint64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!is_number(text) || failure != std::errc{} || end != text.data() + text.size() || value > kHighestId)
    return Error::make(Code::invalid, "'{}' is not a user or group id (0 to {})", text, kHighestId);
  return static_cast<uint32_t>(value);
}

std::vector<User> users_of(std::string_view passwd) {
  std::vector<User> users;
  for (std::string_view line : split(passwd, '\n')) {
    auto field = split(line, ':');
    if (field.size() < 6 || field[0].empty()) continue;
    users.push_back(
        {std::string(field[0]), std::string(field[5]), std::string(field[2]), std::string(field[3])});
  }
  return users;
}

std::vector<Group> groups_of(std::string_view text) {
  std::vector<Group> groups;
  for (std::string_view line : split(text, '\n')) {
    auto field = split(line, ':');
    if (field.size() < 4 || field[0].empty()) continue;
    groups.push_back({std::string(field[0]), std::string(field[2]), split(field[3], ',')});
  }
  return groups;
}

template <class Entry>
Error unknown(std::string_view kind, const std::string& name, const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.push_back(entry.name);
  Error error = Error::make(Code::invalid, "the image has no {} '{}'", kind, name);
  if (auto near = suggest(name, names))
    return std::move(error).hint(fmt::format("did you mean '{}'?", *near));
  return error;
}

// An entry by its name, or by its id if `wanted` is a number; numbers are compared by value, `007` is 7.
template <class Entry>
const Entry* find(const std::vector<Entry>& entries, const std::string& wanted, std::string Entry::*id) {
  auto number = parse_id(wanted);
  for (const Entry& entry : entries) {
    if (!is_number(wanted) && entry.name == wanted) return &entry;
    if (auto own = parse_id(entry.*id); number && own && *own == *number) return &entry;
  }
  return nullptr;
}

}  // namespace

Result<Identity> resolve_user(const std::string& user, const std::string& passwd, const std::string& group) {
  size_t colon = user.find(':');
  std::string wanted = user.substr(0, colon);
  std::string wanted_group = colon == user.npos ? "" : user.substr(colon + 1);
  if (wanted.empty() || (colon != user.npos && wanted_group.empty())) {
    if (!user.empty()) return Error::make(Code::invalid, "'{}' is not of the form user or user:group", user);
    wanted = "0";
  }
  Identity identity;
  std::vector<User> users = users_of(passwd);
  std::vector<Group> groups = groups_of(group);
  const User* entry = find(users, wanted, &User::uid);
  if (entry == nullptr && !is_number(wanted)) return unknown("user", wanted, users);
  TB_LET(identity.uid, parse_id(entry == nullptr ? wanted : entry->uid), "in user '{}'", user);
  if (entry != nullptr) {
    TB_LET(identity.gid, parse_id(entry->gid), "in the image's /etc/passwd, user '{}'", entry->name);
    if (entry->home.starts_with('/')) identity.home = entry->home;
  }
  if (!wanted_group.empty()) {
    const Group* named = find(groups, wanted_group, &Group::gid);
    if (named == nullptr && !is_number(wanted_group)) return unknown("group", wanted_group, groups);
    TB_LET(identity.gid, parse_id(named == nullptr ? wanted_group : named->gid), "in user '{}'", user);
    return identity;
  }
  for (const Group& each : groups) {
    bool member = entry != nullptr && std::count(each.members.begin(), each.members.end(), entry->name) > 0;
    if (!member) continue;
    TB_LET(uint32_t gid, parse_id(each.gid), "in the image's /etc/group, group '{}'", each.name);
    identity.groups.push_back(gid);
  }
  return identity;
}

}  // namespace tierbuild::sandbox
