// Runtime: one Lua state with bounds on instructions and memory, and its bridge to Value.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bindings/faults.hpp"
#include "bindings/source_map.hpp"
#include "bindings/value.hpp"

struct lua_State;
struct lua_Debug;

namespace tierbuild::bindings {

struct RuntimeLimits {
  uint64_t instructions = 0;
  uint64_t memory = 0;
  std::function<bool()> interrupted;
  int64_t milliseconds = 60'000;  // backstop for what instructions do not measure
};

class Session;

enum class ChunkKind : uint8_t { user, library };

class Runtime {
 public:
  explicit Runtime(RuntimeLimits limits);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// False if the state could not be made at all.
  bool ok() const { return lua_ != nullptr; }
  lua_State* lua() const { return lua_; }
  static Runtime& of(lua_State* lua);

  /// Runs `body` so that any error of Lua, also one of memory, ends up as its result.
  Status protect(const std::function<Status()>& body);
  /// Compiles text (never bytecode) and leaves the function on the stack.
  Status load(const std::string& file, const std::string& text, ChunkKind kind);
  /// Calls the function below its `arguments` on the stack; on failure nothing is left there.
  Status call(int arguments, int results);
  /// Calls a function of the Buildfile with values.
  Result<Value> call(const LuaFunction& function, const std::vector<Value>& arguments, const Place& result);

  /// Counts work done in C++ against the budget.
  Status charge(uint64_t instructions);
  /// Counts memory that values take outside of the Lua heap. It is bounded like the heap, and never given
  /// back: the values of a Buildfile live as long as its evaluation.
  Status hold(uint64_t bytes);
  /// A fresh budget, for the next thing that is run.
  void refill();
  /// The reason why nothing may run any more, if there is one.
  const std::optional<Error>& stopped() const { return stopped_; }

  /// The line of a user's file that is being executed: the nearest frame that is not the standard library's.
  Location user_line() const;
  /// The user's file that is being loaded: the nearest frame that is a whole file. Functions of a module that
  /// it calls work for it. Empty once all are loaded.
  std::string loading_file() const;
  /// The innermost line of that file which is running.
  Location loading_line() const;
  /// The line `level` frames up, as Lua's `error` counts; falls back to user_line().
  Location line_at(int level) const;
  /// An error at the executing line; the column is that of `token` if the line has it.
  Error here(Error error, std::string_view token = {}) const;

  void push(const Value& value);
  /// Pushes the userdata of an object; the same one for the same object as long as it lives.
  void push_object(const ObjectPtr& object);
  /// The object at a stack index, or null.
  ObjectPtr object_at(int index) const;
  /// Copies a Lua value. Functions are kept alive with the state.
  Result<Value> value_at(int index, const Place& place);

  SourceMap& sources() { return sources_; }
  /// The evaluation that this state belongs to.
  Session* session = nullptr;
  const SourceMap& sources() const { return sources_; }

 private:
  friend class ValueReader;
  friend int guarded(lua_State* lua, Result<int> (*function)(Runtime&, lua_State*));
  struct Chunk {
    std::string file;
    ChunkKind kind;
  };

  static void* allocate(void* self, void* block, size_t old_size, size_t new_size);
  static void on_count(lua_State* lua, lua_Debug* record);
  static int collect(lua_State* lua);
  const Chunk* chunk_of(const lua_Debug& record) const;
  static Result<int> on_error(Runtime& runtime, lua_State* lua);
  Error from_text(const std::string& text) const;
  Error take_error(int status);
  Error out_of_memory() const;

  RuntimeLimits limits_;
  uint64_t used_ = 0;
  uint64_t next_look_ = 0;  // when clock and interruption are asked again, in instructions
  uint64_t bytes_ = 0;
  uint64_t held_ = 0;
  int nested_ = 0;
  uint64_t allocated_ = 0;  // in all, freed or not: bounds the time that copying may take
  int64_t started_ = 0;
  uint64_t counts_ = 0;
  Location last_line_;  // seen by the hook: where it was when no stack is left to ask
  std::optional<Error> stopped_;
  std::vector<Chunk> chunks_;
  SourceMap sources_;
  lua_State* lua_ = nullptr;
};

/// A function that Lua calls: its arguments are on the stack; returns how many results it pushed.
using RawFunction = Result<int> (*)(Runtime& runtime, lua_State* lua);

/// Runs a raw function; -1 with the error on the stack if it fails. No C++ object outlives it.
int guarded(lua_State* lua, RawFunction function);
/// lua_error that the compiler knows not to return.
int raise(lua_State* lua);

/// The one trampoline: a raw function as a lua_CFunction.
template <RawFunction function>
int entry(lua_State* lua) {
  int results = guarded(lua, function);
  return results >= 0 ? results : raise(lua);
}

/// Keys of the registry of the state.
inline constexpr const char* kObjectMeta = "tierbuild.object";
inline constexpr const char* kObjectCache = "tierbuild.objects";
inline constexpr const char* kEnvironment = "tierbuild.environment";

}  // namespace tierbuild::bindings
