#include "cli/change_json.hpp"

namespace tierbuild::cli {

using Json = nlohmann::ordered_json;

Json place_json(const Location& where) {
  if (!where.known()) return nullptr;
  return {{"file", where.file}, {"line", where.line}, {"column", where.column}};
}

Json changes_json(const std::vector<graph::Change>& changes) {
  Json list = Json::array();
  for (const graph::Change& change : changes) {
    Json via = Json::array();
    for (const Location& where : change.via) via.push_back(place_json(where));
    list.push_back({{"subject", graph::name_of(change.subject)},
                    {"how", graph::name_of(change.how)},
                    {"name", change.name},
                    {"before", change.before},
                    {"now", change.now},
                    {"where", place_json(change.where)},
                    {"via", via},
                    {"text", graph::text_of(change)}});
  }
  return list;
}

}  // namespace tierbuild::cli
