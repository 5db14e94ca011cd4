#include "build/causes.hpp"

#include <nlohmann/json.hpp>

namespace tierbuild::build {
namespace {

using graph::Change;
using Json = nlohmann::ordered_json;

constexpr size_t kMostChanges = 100;

Json place(const Location& where) {
  return {where.file, where.line, where.column};
}

Location parse_place(const Json& json) {
  if (!json.is_array() || json.size() != 3 || !json[0].is_string() || !json[1].is_number() ||
      !json[2].is_number())
    return {};
  return {json[0].get<std::string>(), json[1].get<int>(), json[2].get<int>()};
}

template <class Enum>
Enum parse_name(const Json& json, Enum last) {
  for (size_t i = 0; i <= static_cast<size_t>(last); ++i)
    if (json == std::string(graph::name_of(static_cast<Enum>(i)))) return static_cast<Enum>(i);
  return static_cast<Enum>(0);
}

}  // namespace

std::string to_json(const std::vector<Change>& changes) {
  Json list = Json::array();
  for (const Change& change : changes) {
    if (list.size() == kMostChanges) {
      list.push_back({{"more", changes.size() - kMostChanges}});
      break;
    }
    Json entry{{"subject", graph::name_of(change.subject)}, {"how", graph::name_of(change.how)}};
    for (const auto& [name, text] :
         {std::pair("name", &change.name), {"before", &change.before}, {"now", &change.now}})
      if (!text->empty()) entry[name] = *text;
    if (change.where.known()) entry["where"] = place(change.where);
    for (const Location& via : change.via) entry["via"].push_back(place(via));
    list.push_back(std::move(entry));
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<Change> parse_changes(std::string_view text) {
  Json list = Json::parse(text, nullptr, false);
  std::vector<Change> changes;
  if (!list.is_array()) return changes;
  for (const Json& entry : list) {
    if (!entry.is_object() || !entry.contains("subject")) continue;
    Change change;
    change.subject = parse_name(entry["subject"], Change::Subject::version);
    change.how = parse_name(entry.value("how", Json()), Change::How::mode);
    auto text_of = [&](const char* name) {
      auto found = entry.find(name);
      return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    change.name = text_of("name");
    change.before = text_of("before");
    change.now = text_of("now");
    if (entry.contains("where")) change.where = parse_place(entry["where"]);
    if (auto via = entry.find("via"); via != entry.end() && via->is_array())
      for (const Json& where : *via) change.via.push_back(parse_place(where));
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace tierbuild::build
