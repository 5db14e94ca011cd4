#!/bin/sh
# `lsp` writes stubs that know the rules of the workspace, keeps the editor's own settings, and tells what is stale.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local rules = require 'rules'
rules.worker 'mail' { queue = 'mail' }
LUA
rule() {
  cat >rules.lua <<LUA
return { worker = rule 'worker' { doc = 'Takes jobs from a queue', params = { queue = t.string$1 },
  function(p) return { from = 'x:1', env = { QUEUE = p.queue } } end } }
LUA
}
rule ''
mkdir sub
echo '{"hint.enable": true}' >.luarc.json

fails_with 1 '\.luals/tierbuild.lua. is missing' "$TIERBUILD" lsp --check
fails_with 0 'wrote .*/\.luals/tierbuild.lua' "$TIERBUILD" lsp -C sub
grep -q '^---@field queue string' .luals/tierbuild.lua || fail 'the parameter of the rule has no type'
grep -q '"hint.enable": true' .luarc.json || fail 'a setting of the author is gone'
grep -q '"workspace.library"' .luarc.json || fail 'the settings lack the stubs'
"$TIERBUILD" lsp --check >"$dir/out" 2>&1 || fail 'fresh files are called stale'
same "$("$TIERBUILD" lsp)" '' 'what a second run writes'
"$TIERBUILD" lsp --print | cmp - .luals/tierbuild.lua || fail '--print prints something else'

# Another type of a parameter makes the stubs stale; a broken Buildfile leaves them.
rule ":opt 'jobs'"
fails_with 1 'is stale' "$TIERBUILD" lsp --check
"$TIERBUILD" lsp >"$dir/out"
grep -q "^---@field queue? string .*'jobs'" .luals/tierbuild.lua || fail 'the default of the parameter is not told'
echo 'service' >>Buildfile.lua
fails_with 2 'error' "$TIERBUILD" lsp
[ -s .luals/tierbuild.lua ] || fail 'the stubs are gone'

# Elsewhere, and without a Buildfile: the language alone.
mkdir "$dir/empty"
cd "$dir/empty"
"$TIERBUILD" lsp --dir types >"$dir/out" 2>&1
grep -q '^function service(name) end' types/tierbuild.lua || fail 'the stubs lack service'
grep -q '"types"' .luarc.json || fail 'the settings name another directory'
echo '{ // mine' >.luarc.json
fails_with 2 'is left as it is' "$TIERBUILD" lsp
