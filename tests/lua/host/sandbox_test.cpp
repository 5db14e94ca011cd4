// Ways out of the sandbox, each of which must end as an error, in bounded time and memory.
#include <chrono>

#include "lua/host/workspace.hpp"

using namespace tierbuild;
using namespace tierbuild::test;

namespace {

struct Attack {
  const char* code;
  const char* number;
};

const Attack kAttacks[] = {
    // what reaches the machine
    {"io.open('/etc/passwd')", "E005"},
    {"os.execute('true')", "E005"},
    {"os.getenv('HOME')", "E005"},
    {"debug.getregistry()", "E005"},
    {"local ffi = require 'ffi'", "E033"},
    {"ffi.cdef ''", "E005"},
    {"jit.on()", "E005"},
    {"package.loadlib('x', 'y')", "E005"},
    {"print(1)", "E005"},
    {"coroutine.wrap(function() end)()", "E005"},
    // code from text
    {"load('return 1')", "E005"},
    {"loadstring('return 1')", "E005"},
    {"loadfile('x')", "E005"},
    {"dofile('x')", "E005"},
    {"string.dump(function() end)", "E005"},
    {"(''):dump()", "E005"},
    {"local x = ('').dump", "E005"},
    // behind the language
    {"getfenv(1)", "E005"},
    {"setfenv(1, {})", "E005"},
    {"rawset(string, 'x', 1)", "E005"},
    {"rawget(image, 'from')", "E005"},
    {"newproxy(true)", "E005"},
    {"collectgarbage()", "E005"},
    {"pcall(error)", "E005"},
    {"xpcall(error, error)", "E005"},
    {"local g = _G", "E005"},
    {"_G.x = 1", "E005"},
    {"string.rep = nil", "E016"},
    {"table.sort = nil", "E016"},
    {"math.floor = nil", "E016"},
    {"stamp.git.sha = 'x'", "E016"},
    {"t.string = 1", "E016"},
    {"apt.install = nil", "E016"},
    {"pairs = nil", "E004"},
    {"setmetatable('', {})", "E006"},
    {"setmetatable(image, {})", "E006"},
    {"setmetatable(string, {})", "E006"},
    {"getmetatable('').__index = nil", "E006"},
    {"getmetatable('').x.y = 1", "E006"},
    {"local m = getmetatable(image); m.x = 1", "E006"},
    {"getmetatable(image.scratch()).__gc(1)", "E006"},
    {"image.scratch().x = 1", "E016"},
    {"local f = image.scratch().__gc", "E015"},
    // chance
    {"math.random()", "E005"},
    {"math.randomseed(1)", "E005"},
    {"os.time()", "E005"},
    {"os.clock()", "E005"},
    {"('%p'):format({})", "E005"},
    {"table.foreach({}, error)", "E005"},
    {"for k in pairs { [{}] = 1 } do end", "E038"},
    {"for k in pairs { [function() end] = 1 } do end", "E038"},
    {"next { [image.scratch()] = 1 }", "E038"},
    // out of the workspace
    {"read '/etc/passwd'", "E031"},
    {"read '../x'", "E031"},
    {"read 'a/../../x'", "E031"},
    {"read '//../x'", "E031"},
    {"read 'link'", "E031"},
    {"read 'dir/passwd'", "E031"},
    {"json.read 'link'", "E031"},
    {"exists '/etc/passwd'", "E031"},
    {"exists 'dir/passwd'", "E031"},
    {"glob '../*'", "E031"},
    {"glob '/etc/*'", "E031"},
    {"glob '//../*'", "E031"},
    {"include '/etc/*.lua'", "E031"},
    {"include '../*.lua'", "E031"},
    {"require '../x'", "E033"},
    {"require '/etc/x'", "E033"},
    {"require '..x'", "E033"},
    {"require 'linked'", "E031"},
    {"files { '../*' }", "E031"},
    {"files { '/etc/*' }", "E031"},
    {"copy { '/etc/passwd', to = '/x' }", "E031"},
    {"copy { '../x', to = '/x' }", "E031"},
    {"bind.mount { from = '/etc', target = '/x' }", "E031"},
    {"image.oci '/var/lib/image.tar'", "E031"},
    {"read 'Buildfile.lua\\0.txt'", "E014"},
    {"read(stamp.git.sha)", "E019"},
    // without end
    {"while true do end", "E008"},
    {"repeat until false", "E008"},
    {"for i = 1, 1e18 do end", "E008"},
    {"local function f() return f() end f()", "E008"},
    {"local function f() return 1 + f() end f()", "E006"},
    {"::a:: goto a", "E008"},
    {"local t = setmetatable({}, { __index = function(t, k) while true do end end }) local x = t.x", "E008"},
    {"table.sort({ 3, 2, 1 }, function() while true do end end)", "E008"},
    {"('x'):gsub('x', function() while true do end end)", "E008"},
    {"local t = setmetatable({}, {}) getmetatable(t).__index = t local x = t.y", "E006"},
    {"local s = ('a'):rep(5000) s:find(('a*'):rep(30) .. 'b')", "E006"},
    {"local s = ('a'):rep(5000) s:gsub(('.-'):rep(30) .. 'b', '')", "E006"},
    {"local s = ('a'):rep(5000) s:match('(.-)(.-)(.-)(.-)(.-)(.-)b')", "E006"},
    {"for m in ('a'):rep(5000):gmatch(('a*'):rep(30) .. 'b') do end", "E006"},
    // without bounds
    {"local s = ('x'):rep(1e9)", "E009"},
    {"local s = 'x' while true do s = s .. s end", "E009"},
    {"local t = {} for i = 1, 1e9 do t[i] = {} end", "E009"},
    {"local t = {} for i = 1, 1e9 do t[i] = tostring(i) end", "E008"},
    {"local t = {} while true do t = { t, t } if #t > 2 then break end end", "E008"},
    {"local t = { 'x' } for i = 1, 30 do t = { t, t } end run(t)", "E008"},
    {"local t = { 'x' } for i = 1, 50 do t = { t, t } end run(t)", "E038"},
    {"local t = {} t[1] = t run(t)", "E038"},
    {"local t = {} for i = 1, 1000 do t = { t } end run { env = t }", "E038"},
    {"local x = unpack({}, 1, 1e8)", "E006"},
    {"local x = string.char(unpack({}, 1, 1e6))", "E006"},
    {"('x'):rep(1e6):gsub('.', ('y'):rep(1e6))", "E009"},
    {"run { 'a', [1e9] = 'b' }", "E038"},
    {"run { [1.5] = 'a' }", "E038"},
    {"error(image)", "E007"},
    {"error()", "E007"},
    {"error(setmetatable({}, { __tostring = function() return {} end }))", "E007"},
};

}  // namespace

TEST_CASE("a hostile Buildfile gets an error, soon and within its memory") {
  for (const Attack& attack : kAttacks) {
    INFO(attack.code);
    Workspace workspace(attack.code);
    workspace.options.instructions = 3'000'000;
    workspace.options.memory = 48 << 20;
    std::filesystem::create_symlink("/etc/passwd", workspace.path() / "link");
    std::filesystem::create_symlink("/etc/passwd", workspace.path() / "linked.lua");
    std::filesystem::create_directory_symlink("/etc", workspace.path() / "dir");
    auto start = std::chrono::steady_clock::now();
    workspace.run();
    auto took = std::chrono::steady_clock::now() - start;
    CHECK(took < std::chrono::seconds(10));
    if (workspace.evaluation) {
      FAIL_CHECK("it was accepted");
      continue;
    }
    INFO(workspace.rendered());
    CHECK(workspace.failure.errors[0].id() == attack.number);
  }
}

TEST_CASE("an evaluation that is interrupted ends as cancelled") {
  Workspace workspace("while true do end");
  workspace.options.interrupted = [polls = 0]() mutable { return ++polls > 5; };
  workspace.errors();
  REQUIRE(workspace.failure.errors.size() == 1);
  REQUIRE(workspace.failure.errors[0].code() == Code::cancelled);
}

TEST_CASE("text made from values does not depend on the run") {
  Workspace workspace(R"(
local f, x = function() end, image.scratch()
service 'a' { from = x, doc = tostring({}) .. tostring(f) .. ('%s|%s'):format({}, x) .. tostring(nil) .. 1.5 }
)");
  REQUIRE(target(workspace.project(), "a").doc == "tablefunctiontable|an imagenil1.5");
}

TEST_CASE("a loop over a table sees additions and removals as Lua has them") {
  Workspace workspace(R"(
local t, seen = { a = 1, b = 2, c = 3, 10, 20 }, {}
for k, v in pairs(t) do
  t.b = nil
  table.insert(seen, tostring(k) .. '=' .. tostring(v))
end
assert(next {} == nil)
assert(next { x = 1 } == 'x')
service 'a' { from = 'x:1', doc = table.concat(seen, ' ') }
)");
  REQUIRE(target(workspace.project(), "a").doc == "1=10 2=20 a=1 c=3");
}

TEST_CASE("string functions behave as in Lua") {
  Workspace workspace(R"lua(
assert(('a,b,c'):gsub(',', ';') == 'a;b;c')
assert(select(2, ('aaa'):gsub('a', 'b', 2)) == 2)
assert(('abc'):gsub('%w', '%0%0') == 'aabbcc')
assert(('abc'):gsub('', '-') == '-a-b-c-')
assert(('hello world'):gsub('o', { o = '0' }) == 'hell0 w0rld')
assert(('x = 1'):match '^(%w+)%s*=%s*(%d+)$' == 'x')
assert(('abc'):find('b', 1, true) == 2)
assert(('abc'):find 'z' == nil)
assert(('abc'):find('', 10) == nil)
assert(('abc'):sub(-2) == 'bc')
local words = {}
for w in ('one two  three'):gmatch '%S+' do table.insert(words, w) end
assert(table.concat(words, '|') == 'one|two|three')
assert(('%03d|%q|%s'):format(7, 'a', true) == '007|"a"|true')
)lua");
  workspace.project();
}
