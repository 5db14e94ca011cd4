#!/bin/sh
# Which Buildfile: -C, -f, the nearest one above; and what --arg and --print do with it.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local name = arg 'name' { 'default', doc = 'a word' }
service 'web' { from = image.scratch(), labels = { ['org.example.name'] = name } }
LUA
mkdir -p deep/er
digest=$(digest_of web)
cd deep/er
same "$(digest_of web)" "$digest" 'from a directory below'
cd /
same "$("$TIERBUILD" -C "$dir/ws" build -q web)" "$digest" 'with -C before the verb'
same "$("$TIERBUILD" build -q web -C "$dir/ws")" "$digest" 'with -C behind it'
same "$("$TIERBUILD" build -q web -f "$dir/ws/Buildfile.lua")" "$digest" 'with -f'
same "$(TIERBUILD_FILE=$dir/ws/Buildfile.lua "$TIERBUILD" build -q web)" "$digest" 'with TIERBUILD_FILE'
fails_with 2 'Buildfile.lua' "$TIERBUILD" build
prints 'tierbuild init'
fails_with 2 "$dir/nowhere" "$TIERBUILD" -C "$dir/nowhere" build
fails_with 2 'none.lua' "$TIERBUILD" build -f none.lua

cd "$dir/ws"
[ "$("$TIERBUILD" build -q web --arg name=other)" != "$digest" ] || fail 'the argument changed nothing'
same "$("$TIERBUILD" build -q web --arg name=default)" "$digest" 'the default, given'
fails_with 2 "'nmae'.*did you mean 'name'" "$TIERBUILD" build --arg nmae=x
fails_with 2 'K=V|name=' "$TIERBUILD" build --arg name

fails_with 0 '"org.example.name": "given"' "$TIERBUILD" build --print --arg name=given
if command -v python3 >/dev/null; then python3 -m json.tool "$dir/out" >"$dir/json" || fail '--print is no JSON'; fi
fails_with 2 "'wbe'.*did you mean '(service:)?web'" "$TIERBUILD" build wbe
