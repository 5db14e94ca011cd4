// include and require: more files of the workspace.
#include <filesystem>
#include <lua.hpp>

#include "bindings/session.hpp"

namespace tierbuild::bindings {
namespace {

std::string directory_of(Runtime& runtime) {
  return bindings::directory_of(runtime.user_line().file);
}

Result<std::string> text_argument(Runtime& runtime, lua_State* lua, const char* callee, const char* form) {
  if (lua_gettop(lua) == 1 && lua_type(lua, 1) == LUA_TSTRING) return std::string(lua_tostring(lua, 1));
  TB_LET(Value found, runtime.value_at(1, Place{}));
  return fault(Fault::bad_call, "{} cannot be called with {}", callee, describe(found)).hint(form);
}

Result<int> include(Runtime& runtime, lua_State* lua) {
  Session& session = session_of(runtime);
  if (!session.evaluating())
    return fault(Fault::bad_time, "include works only while the Buildfile is evaluated");
  TB_LET(std::string pattern,
         text_argument(runtime, lua, "include", "write include 'services/*/Buildfile.lua'"));
  std::string directory = directory_of(runtime);
  TB_LET(std::vector<std::string> files, session.view().glob(directory, pattern));
  if (files.empty())
    return runtime.here(fault(Fault::not_loaded, "no file matches include '{}'", pattern)
                            .hint("paths are relative to this file, or to the workspace root with '//'"),
                        pattern);
  for (const std::string& file : files) {
    TB_LET(std::string absolute, session.view().resolve(directory, file));
    TB_TRY(session.load_user_file(absolute));
  }
  return 0;
}

Result<int> require(Runtime& runtime, lua_State* lua) {
  Session& session = session_of(runtime);
  TB_LET(std::string name,
         text_argument(runtime, lua, "require", "write require 'build.rules' for //build/rules.lua"));
  bool plain = !name.empty() && name.find_first_of("/\\") == std::string::npos && name.front() != '.' &&
               name.back() != '.' && name.find("..") == std::string::npos;
  if (!plain)
    return runtime.here(fault(Fault::not_loaded, "'{}' is not the name of a module", name)
                            .hint("require 'build.rules' loads //build/rules.lua"),
                        name);
  std::string path = name;
  std::replace(path.begin(), path.end(), '.', '/');
  TB_LET(std::string absolute, session.view().resolve(session.view().root(), "//" + path + ".lua"));
  bool exists = session.has_module(absolute);
  if (!exists) {
    TB_LET(exists, session.view().exists(absolute, LastLink::follow));
  }
  if (!exists)
    return runtime.here(fault(Fault::not_loaded, "there is no module '{}' (//{}.lua)", name, path)
                            .hint("modules are found below the workspace root only"),
                        name);
  if (Status loaded = session.require_module(absolute); !loaded)
    return runtime.here(std::move(loaded).error(), "require");
  return 1;
}

}  // namespace

void open_loading(Session& session) {
  session.define({{.name = "include",
                   .doc = "Evaluates the Buildfiles that match a glob, each once.",
                   .shape = Shape::call,
                   .fields = {{"pattern",
                               types::string(),
                               "relative to this file, or to the root with //",
                               {},
                               Required::yes}}},
                  nullptr,
                  entry<include>});
  session.define(
      {{.name = "require",
        .doc = "What a Lua module of the workspace returns: 'build.rules' is //build/rules.lua.",
        .shape = Shape::call,
        .fields = {{"module", types::string(), "its name, parts separated by dots", {}, Required::yes}},
        .returns = "any"},
       nullptr,
       entry<require>});
}

}  // namespace tierbuild::bindings
