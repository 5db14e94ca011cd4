#!/bin/sh
# An evaluation is kept in the store; every change of what it saw is noticed, and damage to it does no harm.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
include 'services/*/Buildfile.lua'
service 'page' { from = base, env = { TEXT = read 'text', MORE = tostring(exists 'more'), N = arg 'n' { '1' } },
  copy = { { 'text', to = '/text' } } }
task 'greet' { doc = 'Say hello', run = function(ctx) ctx.say('hello ' .. read 'text') end }
LUA
echo one >text
mkdir -p services/a
echo "service 'a' { from = 'base' }" >services/a/Buildfile.lua
kept() { find "$TIERBUILD_STORE/evaluations" -type f 2>/dev/null | wc -l; }
resolved() { "$TIERBUILD" build --print "$@" >"$dir/out" 2>"$dir/err" || fail "build --print $* ended with status $?"; }

# Without a store nothing is kept, and evaluating makes none.
resolved
same "$(kept)" 0 'evaluations kept without a store'
[ ! -e "$TIERBUILD_STORE" ] || fail 'evaluating made a store'
build page
same "$(kept)" 1 'evaluations kept by a build'
build page
same "$(ran)" '' 'steps of a build from what was kept'

resolved
cp "$dir/out" "$dir/first"
resolved
cmp "$dir/first" "$dir/out" || fail 'what was kept differs from what was evaluated'
echo two >text
resolved
prints '"TEXT": "two'
touch more
resolved
prints '"MORE": "true"'
mkdir services/b
echo "service 'b' { from = 'base' }" >services/b/Buildfile.lua
resolved
prints 'service:b'
resolved --arg n=2
prints '"N": "2"'
same "$(kept)" 2 'evaluations, one for each set of arguments'
resolved
prints '"N": "1"'

# An error is told each time, and is gone with its cause.
echo 'error "no"' >>services/b/Buildfile.lua
fails_with 2 'E007' "$TIERBUILD" build --print
fails_with 2 'E007' "$TIERBUILD" build --print
echo "service 'b' { from = 'base' }" >services/b/Buildfile.lua
resolved

# The function of a task runs in Lua.
fails_with 0 'hello two' "$TIERBUILD" greet
fails_with 0 'hello two' "$TIERBUILD" greet

for file in "$TIERBUILD_STORE"/evaluations/*; do echo damaged >"$file"; done
resolved
prints 'service:b'
