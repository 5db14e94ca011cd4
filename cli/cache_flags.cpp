#include "cli/cache_flags.hpp"

#include <algorithm>

#include "cli/flags.hpp"

namespace tierbuild::cli {
namespace {

Error bad(std::string_view flag, std::string message) {
  return Error(Code::invalid, std::move(message))
      .hint(fmt::format("write {0} type=registry,ref=HOST/NAME, or {0} HOST/NAME", flag));
}

Result<build::CacheGoal> parse(const std::string& text, std::string_view flag) {
  build::CacheGoal goal;
  if (text.find('=') == std::string::npos) {
    TB_LET(goal.place, build::CachePlace::parse(text), "in {}", flag);
    return goal;
  }
  std::string ref;
  for (const auto& [key, value] : parse_fields(text)) {
    if (key == "type" && value != "registry")
      return bad(flag, fmt::format("{} takes the type 'registry', not '{}'", flag, value));
    if (key == "ref") ref = value;
    if (key == "mode" && value != "min" && value != "max")
      return bad(flag, fmt::format("the mode of {} is 'min' or 'max', not '{}'", flag, value));
    if (key == "mode") goal.max = value == "max";
    if (key != "type" && key != "ref" && key != "mode")
      return bad(flag, fmt::format("{} has no field '{}'", flag, key));
  }
  if (ref.empty()) return bad(flag, fmt::format("{} names no repository", flag));
  TB_LET(goal.place, build::CachePlace::parse(ref), "in {}", flag);
  return goal;
}

template <class List, class Item>
void add_once(List& list, Item item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(std::move(item));
}

}  // namespace

Result<build::CachePlace> parse_cache_from(const std::string& text) {
  TB_LET(build::CacheGoal goal, parse(text, "--cache-from"));
  return std::move(goal.place);
}

Result<build::CacheGoal> parse_cache_to(const std::string& text) {
  return parse(text, "--cache-to");
}

Result<build::CacheSettings> cache_settings(const std::vector<std::string>& from,
                                            const std::vector<std::string>& to,
                                            const std::vector<project::RegistryDecl>& registries,
                                            bool pushes) {
  build::CacheSettings settings;
  for (const std::string& text : from) {
    TB_LET(build::CachePlace place, parse_cache_from(text));
    add_once(settings.from, std::move(place));
  }
  for (const std::string& text : to) {
    TB_LET(build::CacheGoal goal, parse_cache_to(text));
    add_once(settings.to, std::move(goal));
  }
  for (const project::RegistryDecl& declared : registries) {
    if (declared.cache.empty()) continue;
    auto place = build::CachePlace::parse(declared.name + "/" + declared.cache);
    if (!place) return std::move(place).error().at(declared.where);
    add_once(settings.from, *place);
    if (pushes) add_once(settings.to, build::CacheGoal{*place, false});
  }
  return settings;
}

}  // namespace tierbuild::cli
