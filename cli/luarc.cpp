#include "cli/luarc.hpp"

#include <nlohmann/json.hpp>

namespace tierbuild::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kDisabled{"bit",     "bit32",         "coroutine",   "debug",     "ffi",
                               "io",      "jit",           "jit.profile", "jit.util",  "os",
                               "package", "string.buffer", "table.clear", "table.new", "utf8"};

Json wanted_settings() {
  Json builtin = Json::object();
  for (const char* name : kDisabled) builtin[name] = "disable";
  return {{"runtime.version", "LuaJIT"},
          {"runtime.path", Json::array({"?.lua"})},
          {"runtime.pathStrict", true},
          {"runtime.builtin", builtin},
          {"workspace.checkThirdParty", false}};
}

}  // namespace

Result<std::string> editor_settings(const std::string& existing, const std::string& library) {
  Json settings = existing.empty() ? Json::object() : Json::parse(existing, nullptr, false);
  if (!settings.is_object())
    return Error::make(Code::invalid, ".luarc.json has comments or is no JSON object: it is left as it is")
        .hint("set in it: " + wanted_settings().dump() + ", and '" + library + "' in workspace.library");
  Json before = settings;
  const Json wanted = wanted_settings();
  for (const auto& [name, value] : wanted.items()) settings[name] = value;
  Json& libraries = settings["workspace.library"];
  if (!libraries.is_array()) libraries = Json::array();
  if (std::find(libraries.begin(), libraries.end(), library) == libraries.end()) libraries.push_back(library);
  if (!existing.empty() && settings == before) return existing;
  return settings.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tierbuild::cli
