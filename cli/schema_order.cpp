#include "cli/schema_order.hpp"

namespace tierbuild::cli {
namespace {

int rank(const bindings::Schema& schema) {
  if (!schema.declares.empty()) return 0;
  return schema.name.find(':') == std::string::npos ? 1 : 2;
}

}  // namespace

std::vector<bindings::Schema> by_importance(std::vector<bindings::Schema> schemas) {
  std::stable_sort(schemas.begin(), schemas.end(),
                   [](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return schemas;
}

}  // namespace tierbuild::cli
