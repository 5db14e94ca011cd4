#!/bin/sh
# A workspace of several files: includes by a glob, rules from a module, names that are linked after all is loaded.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
workspace 'shop' {}
include 'services/*/Buildfile.lua'
include '//tiers.lua'
group 'default' { 'service:*' }
LUA
mkdir -p build services/api services/web
cat >tiers.lua <<'LUA'
tier 'shared' { from = require 'base', env = { LEVEL = 'info' } }
LUA
cat >build/rules.lua <<'LUA'
local texts = require 'build.texts'
local M = {}
M.app = rule 'app' {
  params = { file = t.path },
  function(p)
    return { from = 'tier:shared', labels = { by = texts.by }, copy = { { p.file, to = '/app/' } }, cmd = { '/bin/cat', '/app/' .. p.file } }
  end,
}
return M
LUA
echo "return { by = 'the rules' }" >build/texts.lua
for name in api web; do
  echo "$name says hello" >services/$name/hello
  cat >services/$name/Buildfile.lua <<LUA
local rules = require 'build.rules'
rules.app '$name' { file = 'hello' }
LUA
done

# Services stand on a tier that a later file declares; the rule's paths belong to the file that uses it.
build
for name in api web; do
  "$TIERBUILD" run "$name" >"$dir/out" 2>"$dir/err" || fail "run $name"
  same "$(cat "$dir/out")" "$name says hello" "the file of $name"
done
"$TIERBUILD" inspect api >"$dir/out"
prints 'the rules'
fails_with 0 'service:api' "$TIERBUILD" plan '//services/api'
! grep -q 'service:web' "$dir/out" || fail 'a path selects what another file declares'

# A directory that appears is included; an error in it, or in a module, is told with its own file.
mkdir services/new
cat >services/new/Buildfile.lua <<'LUA'
local rules = require 'build.rules'
rules.app 'new' { fiel = 'hello' }
LUA
fails_with 2 "unknown field 'fiel' in app 'new' .did you mean 'file'" "$TIERBUILD" plan
prints 'services/new/Buildfile.lua:2:19'
echo 'return { by = nothing }' >build/texts.lua
fails_with 2 "undeclared name 'nothing'" "$TIERBUILD" plan
prints 'build/texts.lua:1:15'
