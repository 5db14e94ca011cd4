#!/bin/sh
# A task may be a function: it runs commands, reads arguments, and fails as its commands do.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
task 'go' { args = { who = t.string:opt 'world' }, run = function(ctx)
  ctx.say('hello ' .. ctx.arg 'who')
  ctx.run { 'echo', 'ran for ' .. ctx.arg 'who' }
  local status = ctx.run { 'sh', '-c', 'exit 3', check = false }
  ctx.say('status ' .. status)
end }
task 'fails' { run = function(ctx)
  ctx.run { 'false' }
  ctx.say 'never'
end }
task 'wrong' { run = function(ctx) ctx.say(ctx.arg 'nothing' .. nil) end }
LUA
same "$("$TIERBUILD" go | tr '\n' ';')" 'hello world;ran for world;status 3;' 'a function'
same "$("$TIERBUILD" go --who you | head -n 1)" 'hello you' 'an argument'
fails_with 1 'false ended with status 1' "$TIERBUILD" fails
prints 'Buildfile.lua:8'
! grep -qx never "$dir/out" || fail 'the function went on after a failure'
"$TIERBUILD" wrong >"$dir/out" 2>&1 && fail 'an error in a function is a success'
prints 'Buildfile.lua:11'
