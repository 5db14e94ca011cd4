#!/bin/sh
# A registry that is down, an image or a tag that it lacks: errors that name the reference and the line.
. "$(dirname "$0")/lib.sh"
start_registry

workspace <<LUA
service 'app' {
  from = '$registry/nowhere:1',
}
LUA
fails_with 1 "$registry/nowhere:1" "$TIERBUILD" build --progress=plain app
prints 'not found|unknown|no such|does not (exist|have)'
prints 'Buildfile.lua:2'
fails_with 1 "$registry/nowhere:1" "$TIERBUILD" pull "$registry/nowhere:1"
fails_with 1 "$registry/nowhere:1" "$TIERBUILD" inspect "$registry/nowhere:1"

stop "$registry_pid"
begin=$(date +%s)
fails_with 1 "$registry" "$TIERBUILD" build --progress=plain app
prints 'connect|refused|reach'
[ $(($(date +%s) - begin)) -lt 30 ] || fail 'it took more than half a minute to give up'
fails_with 1 "$registry" "$TIERBUILD" pull "$registry/nowhere:1"

# A name that can be none is found before anybody is asked.
workspace bad <<'LUA'
service 'app' { from = 'UPPER/case:1' }
LUA
fails_with 2 'UPPER/case' "$TIERBUILD" build --progress=plain app
