#include "bindings/runtime.hpp"

#include <charconv>
#include <cstdlib>
#include <lua.hpp>

#include "base/clock.hpp"
#include "base/scope_guard.hpp"
#include "base/strings.hpp"
#include "bindings/lua_messages.hpp"

namespace tierbuild::bindings {
namespace {

constexpr int kCountStep = 200;
constexpr uint64_t kLookStep = 2'000;        // instructions between two looks at the clock
constexpr uint64_t kLineStep = 16;           // hooks between two looks at the line
constexpr uint64_t kTurnover = 64;           // how often the memory may be allocated anew
constexpr uint64_t kUncollected = 32 << 20;  // bytes of the heap below which no garbage is looked for
constexpr int kPause = 400;  // percent of the heap at which garbage is looked for: most of it stays in use
constexpr int kDeepestLevel = 250;
constexpr int kMostNested = 150;  // calls of C++ from Lua from C++: each takes room on the one stack of C++

Error too_deep() {
  return fault(Fault::runtime, "calls are nested too deeply").hint("a function calls itself without end");
}

}  // namespace

Runtime& Runtime::of(lua_State* lua) {
  void* self = nullptr;
  lua_getallocf(lua, &self);
  return *static_cast<Runtime*>(self);
}

void* Runtime::allocate(void* self, void* block, size_t old_size, size_t new_size) {
  auto& runtime = *static_cast<Runtime*>(self);
  if (new_size == 0) {
    std::free(block);
    runtime.bytes_ -= old_size;
    return nullptr;
  }
  if (new_size > old_size) {
    uint64_t more = new_size - old_size;
    if (runtime.bytes_ + more > runtime.limits_.memory) return nullptr;
    if (runtime.allocated_ + more > runtime.limits_.memory * kTurnover) return nullptr;
    runtime.allocated_ += more;
  }
  void* moved = std::realloc(block, new_size);
  if (moved != nullptr) runtime.bytes_ += new_size - old_size;
  return moved;
}

int Runtime::collect(lua_State* lua) {
  auto* held = static_cast<ObjectPtr*>(lua_touserdata(lua, 1));
  held->~ObjectPtr();
  return 0;
}

Runtime::Runtime(RuntimeLimits limits) : limits_(std::move(limits)) {
  lua_ = lua_newstate(allocate, this);
  if (lua_ == nullptr) return;
  luaJIT_setmode(lua_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
  const auto uncollected = static_cast<int>(std::min(kUncollected, limits_.memory / 8) >> 10);  // KiB
  lua_gc(lua_, LUA_GCSETPAUSE, uncollected * 100 / (lua_gc(lua_, LUA_GCCOUNT, 0) + 1));
  lua_gc(lua_, LUA_GCRESTART, -1);
  lua_gc(lua_, LUA_GCSETPAUSE, kPause);
  Status made = protect([this]() -> Status {
    luaL_newmetatable(lua_, kObjectMeta);
    lua_pushcfunction(lua_, collect);
    lua_setfield(lua_, -2, "__gc");
    lua_pushboolean(lua_, 0);
    lua_setfield(lua_, -2, "__metatable");
    lua_newtable(lua_);  // object → userdata; weak, so that it keeps nothing alive
    lua_newtable(lua_);
    lua_pushliteral(lua_, "v");
    lua_setfield(lua_, -2, "__mode");
    lua_setmetatable(lua_, -2);
    lua_setfield(lua_, LUA_REGISTRYINDEX, kObjectCache);
    return {};
  });
  if (!made) {
    lua_close(std::exchange(lua_, nullptr));
    return;
  }
  refill();
  lua_sethook(lua_, on_count, LUA_MASKCOUNT, kCountStep);
}

Runtime::~Runtime() {
  if (lua_ == nullptr) return;
  lua_sethook(lua_, nullptr, 0, 0);
  lua_close(lua_);
}

void Runtime::on_count(lua_State* lua, lua_Debug*) {
  int results = guarded(lua, [](Runtime& runtime, lua_State*) -> Result<int> {
    TB_TRY(runtime.charge(kCountStep));
    if (runtime.counts_++ % kLineStep == 0)
      if (Location line = runtime.user_line(); line.known()) runtime.last_line_ = std::move(line);
    return 0;
  });
  if (results < 0) raise(lua);
}

void Runtime::refill() {
  used_ = 0;
  next_look_ = 0;
  held_ = 0;
  allocated_ = 0;
  started_ = Clock::system().monotonic();
}

Status Runtime::charge(uint64_t instructions) {
  used_ += instructions;
  if (!stopped_ && used_ > limits_.instructions)
    stopped_ = fault(Fault::instructions, "evaluation took more than {} million steps",
                     limits_.instructions / 1'000'000)
                   .hint("a loop does not end, or the Buildfile computes what a step should");
  if (!stopped_ && used_ >= next_look_) {
    next_look_ = used_ + kLookStep;
    if (Clock::system().monotonic() - started_ > limits_.milliseconds)
      stopped_ =
          fault(Fault::instructions, "evaluation took more than {}", human_duration(limits_.milliseconds))
              .hint("the Buildfile computes what a step should");
    else if (limits_.interrupted && limits_.interrupted())
      stopped_ = fault(Fault::interrupted, "interrupted while evaluating");
  }
  if (!stopped_) return {};
  stopped_ = here(*stopped_);
  return *stopped_;
}

Status Runtime::hold(uint64_t bytes) {
  held_ += bytes;
  if (!stopped_ && held_ > limits_.memory) stopped_ = here(out_of_memory());
  if (!stopped_) return {};
  return *stopped_;
}

Error Runtime::out_of_memory() const {
  return fault(Fault::memory, "evaluation needs more than {} of memory", human_bytes(limits_.memory))
      .hint("a table or string grows without end, or the Buildfile computes what a step should");
}

Status Runtime::protect(const std::function<Status()>& body) {
  struct Frame {
    const std::function<Status()>& body;
    Status result;
  } frame{body, {}};
  int top = lua_gettop(lua_);
  int status = lua_cpcall(
      lua_,
      [](lua_State* lua) {
        auto* inner = static_cast<Frame*>(lua_touserdata(lua, 1));
        lua_settop(lua, 0);
        inner->result = inner->body();
        return 0;
      },
      &frame);
  if (status != 0) frame.result = take_error(status);
  lua_settop(lua_, top);
  return std::move(frame.result);
}

Status Runtime::load(const std::string& file, const std::string& text, ChunkKind kind) {
  std::string name = fmt::format("=#{}", chunks_.size());
  chunks_.push_back({file, kind});
  if (kind == ChunkKind::user) sources_.add(file, text);
  // A first line `#!…` is skipped, as Lua does for files; its line end stays, so that numbers are right.
  std::string_view code = text;
  if (code.starts_with('#')) code.remove_prefix(std::min(code.size(), code.find('\n')));
  if (code.starts_with('\x1b'))
    return fault(Fault::syntax, "this is not the text of a Lua program").at({file, 1, 1});
  int status = luaL_loadbufferx(lua_, code.data(), code.size(), name.c_str(), "t");
  if (status == 0) {
    lua_getfield(lua_, LUA_REGISTRYINDEX, kEnvironment);
    lua_setfenv(lua_, -2);
    return {};
  }
  std::string message = lua_isstring(lua_, -1) ? lua_tostring(lua_, -1) : "";
  lua_pop(lua_, 1);
  if (status != LUA_ERRSYNTAX) {
    lua_pushnil(lua_);
    return take_error(status);
  }
  Error error = from_text(message);
  return fault(Fault::syntax, "{}", error.message()).at(error.where());
}

Status Runtime::call(int arguments, int results) {
  int base = lua_gettop(lua_) - arguments;
  lua_pushcfunction(lua_, entry<on_error>);
  lua_insert(lua_, base);
  int status = lua_pcall(lua_, arguments, results, base);
  lua_remove(lua_, base);
  if (status == 0) return {};
  return take_error(status);
}

Result<Value> Runtime::call(const LuaFunction& function, const std::vector<Value>& arguments,
                            const Place& result) {
  luaL_checkstack(lua_, static_cast<int>(arguments.size()) + 4, "too many arguments");
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, function.reference);
  for (const Value& argument : arguments) push(argument);
  TB_TRY(call(static_cast<int>(arguments.size()), 1));
  Result<Value> value = value_at(-1, result);
  lua_pop(lua_, 1);
  return value;
}

const Runtime::Chunk* Runtime::chunk_of(const lua_Debug& record) const {
  std::string_view source = record.source;
  if (!source.starts_with("=#")) return nullptr;
  size_t index = chunks_.size();
  std::from_chars(source.data() + 2, source.data() + source.size(), index);
  return index < chunks_.size() ? &chunks_[index] : nullptr;
}

Location Runtime::user_line() const {
  lua_Debug record;
  for (int level = 0; level < kDeepestLevel && lua_getstack(lua_, level, &record) != 0; ++level) {
    lua_getinfo(lua_, "Sl", &record);
    const Chunk* chunk = chunk_of(record);
    if (chunk != nullptr && chunk->kind == ChunkKind::user) return {chunk->file, record.currentline, 0};
  }
  return {};
}

std::string Runtime::loading_file() const {
  lua_Debug record;
  for (int level = 0; level < kDeepestLevel && lua_getstack(lua_, level, &record) != 0; ++level) {
    lua_getinfo(lua_, "S", &record);
    const Chunk* chunk = chunk_of(record);
    if (chunk != nullptr && chunk->kind == ChunkKind::user && std::string_view(record.what) == "main")
      return chunk->file;
  }
  return {};
}

Location Runtime::loading_line() const {
  std::string file = loading_file();
  lua_Debug record;
  for (int level = 0; level < kDeepestLevel && lua_getstack(lua_, level, &record) != 0; ++level) {
    lua_getinfo(lua_, "Sl", &record);
    const Chunk* chunk = chunk_of(record);
    if (chunk != nullptr && chunk->file == file) return {file, record.currentline, 0};
  }
  return {};
}

Location Runtime::line_at(int level) const {
  lua_Debug record;
  if (level > 0 && lua_getstack(lua_, level, &record) != 0) {
    lua_getinfo(lua_, "Sl", &record);
    const Chunk* chunk = chunk_of(record);
    if (chunk != nullptr && chunk->kind == ChunkKind::user) return {chunk->file, record.currentline, 0};
  }
  return user_line();
}

Error Runtime::here(Error error, std::string_view token) const {
  if (error.where().known()) return error;
  Location line = user_line();
  return std::move(error).at(token.empty() ? line : sources_.locate_token(line, token));
}

// `#3:12: message` of Lua itself, as an error with its place and in plainer words.
Error Runtime::from_text(const std::string& text) const {
  Location where;
  std::string_view message = text;
  size_t colon = text.find(':');
  if (text.starts_with('#') && colon != std::string::npos) {
    size_t index = chunks_.size();
    int line = 0;
    auto number = std::from_chars(text.data() + 1, text.data() + colon, index);
    auto place = std::from_chars(text.data() + colon + 1, text.data() + text.size(), line);
    bool prefix = number.ptr == text.data() + colon && std::string_view(place.ptr).starts_with(": ");
    if (prefix && index < chunks_.size()) {
      message = std::string_view(place.ptr + 2);
      if (chunks_[index].kind == ChunkKind::user) where = {chunks_[index].file, line, 0};
    }
  }
  PlainMessage plain = plain_message(message);
  Error error = fault(Fault::runtime, "{}", plain.text);
  if (!plain.hint.empty()) error = std::move(error).hint(plain.hint);
  if (!where.known()) where = user_line();
  return std::move(error).at(plain.token.empty() ? where : sources_.locate_token(where, plain.token));
}

Result<int> Runtime::on_error(Runtime& runtime, lua_State* lua) {
  ObjectPtr object = runtime.object_at(1);
  if (object && std::holds_alternative<Failure>(object->held)) {
    lua_settop(lua, 1);
    return 1;
  }
  std::string text = "an error without a message";
  if (lua_type(lua, 1) == LUA_TSTRING) text = lua_tostring(lua, 1);
  runtime.push_object(std::make_shared<const Object>(Object{Failure{runtime.from_text(text)}}));
  return 1;
}

Error Runtime::take_error(int status) {
  if (status == LUA_ERRMEM && !stopped_) stopped_ = out_of_memory().at(last_line_);
  ObjectPtr object = object_at(-1);
  std::string text = lua_type(lua_, -1) == LUA_TSTRING ? lua_tostring(lua_, -1) : "";
  lua_pop(lua_, 1);
  if (stopped_) return *stopped_;
  if (object)
    if (const auto* failure = std::get_if<Failure>(&object->held)) return failure->error;
  Error error = from_text(text.empty() ? "error in error handling" : text);
  return error.where().known() ? std::move(error) : std::move(error).at(last_line_);
}

void Runtime::push_object(const ObjectPtr& object) {
  luaL_checkstack(lua_, 4, "too deep");
  lua_getfield(lua_, LUA_REGISTRYINDEX, kObjectCache);
  auto* address = const_cast<Object*>(object.get());
  lua_pushlightuserdata(lua_, address);
  lua_rawget(lua_, -2);
  if (lua_isuserdata(lua_, -1) != 0) {
    lua_remove(lua_, -2);
    return;
  }
  lua_pop(lua_, 1);
  void* memory = lua_newuserdata(lua_, sizeof(ObjectPtr));
  new (memory) ObjectPtr(object);
  luaL_getmetatable(lua_, kObjectMeta);
  lua_setmetatable(lua_, -2);
  lua_pushlightuserdata(lua_, address);
  lua_pushvalue(lua_, -2);
  lua_rawset(lua_, -4);
  lua_remove(lua_, -2);
}

ObjectPtr Runtime::object_at(int index) const {
  if (lua_type(lua_, index) != LUA_TUSERDATA || lua_getmetatable(lua_, index) == 0) return nullptr;
  luaL_getmetatable(lua_, kObjectMeta);
  bool ours = lua_rawequal(lua_, -1, -2) != 0;
  lua_pop(lua_, 2);
  return ours ? *static_cast<ObjectPtr*>(lua_touserdata(lua_, index)) : nullptr;
}

int guarded(lua_State* lua, RawFunction function) {
  Runtime& runtime = Runtime::of(lua);
  std::optional<Error> failed;
  ++runtime.nested_;
  ScopeGuard leave([&runtime] { --runtime.nested_; });  // also when Lua unwinds the stack
  try {
    Result<int> result = runtime.nested_ <= kMostNested ? function(runtime, lua) : Result<int>(too_deep());
    if (result) return *result;
    failed = std::move(result).error();
  } catch (const std::exception& error) {
    failed = Error::make(Code::internal, "internal error: {}", error.what());
  }
  runtime.push_object(std::make_shared<const Object>(Object{Failure{runtime.here(*std::move(failed))}}));
  return -1;
}

int raise(lua_State* lua) {
  return lua_error(lua);
}

}  // namespace tierbuild::bindings
