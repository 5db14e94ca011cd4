// Compose and bake files on any bytes, as one file, as its override and as its .env: no crash, and errors
// that have a place inside of the text.
#include "bake/bake.hpp"

using namespace tierbuild;

namespace {

void demand(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  bool is_json = data[0] % 2 == 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  int lines = 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  bake::Options options;
  options.files = {is_json ? "/w/docker-bake.json" : "/w/compose.yaml"};
  if (!is_json && data[0] % 4 == 1) options.files.push_back("/w/compose.override.yaml");
  options.environment = {{"A", "1"}};
  options.directory = "/w";
  auto chosen = bake::choose(options, [&](const std::string& path) -> Result<std::string> {
    if (path.ends_with(".other")) return Error(Code::not_found, "there is no such file");
    return text;
  });
  if (!chosen) {
    demand(chosen.error().where().line <= lines);
    return 0;
  }
  std::vector<Error> warnings;
  auto requests = bake::requests_of(*chosen, "/w", warnings);
  if (!requests) return 0;
  demand(requests->size() == chosen->targets.size());
  (void)bake::print(*chosen, "/w");
  return 0;
}
