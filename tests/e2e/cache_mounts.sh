#!/bin/sh
# Cache mounts between two programs at once: locked ones take turns, shared ones meet, private ones do not see each other.
. "$(dirname "$0")/lib.sh"

for name in left right; do
  workspace "$name" <<LUA
local base = require 'base'
local me, other = '$name', ({ left = 'right', right = 'left' })['$name']
LUA
  cat >>Buildfile.lua <<'LUA'
local env = { ME = me, OTHER = other }
-- Each waits, in the shared cache, until the other is there too.
local meet = [[ touch /meet/$ME; n=0; until [ -e /meet/$OTHER ]; do n=$((n + 1)); [ $n -lt 300 ]; sleep 0.1; done; ]]
local shared = cache.mount { target = '/meet', id = 'meeting' }

service 'base-only' { from = base }
service 'shared' { from = base, steps = { sh { meet, env = env, mounts = { shared } } } }
service 'private' { from = base, steps = { sh { meet .. '[ -z "$(ls /own)" ]; touch /own/$ME; sleep 0.5; ls /own', env = env,
  mounts = { cache.mount { target = '/meet', id = 'second-meeting' }, cache.mount { target = '/own', id = 'own', sharing = 'private' } } } } }
service 'locked' { from = base, steps = { sh { 'echo in $ME >>/log/log; sleep 1; echo out $ME >>/log/log', env = env,
  mounts = { cache.mount { target = '/log', id = 'log', sharing = 'locked' } } } } }
service 'read' { from = base, steps = { sh { 'cat /log/log', mounts = { cache.mount { target = '/log', id = 'log' } } } } }
LUA
done
build base-only

# both TARGET: two programs, in the two workspaces.
both() {
  (cd "$dir/left" && exec "$TIERBUILD" build --progress=json "$1") >"$dir/out" 2>"$dir/left.err" &
  left=$!
  (cd "$dir/right" && exec "$TIERBUILD" build --progress=json "$1") >"$dir/out" 2>"$dir/right.err" &
  right=$!
  started "$left"
  started "$right"
  wait "$left" || fail "$1 failed: $(tail -n 5 "$dir/left.err")"
  wait "$right" || fail "$1 failed: $(tail -n 5 "$dir/right.err")"
}
both shared
both private
for name in left right; do
  same "$(grep -c "\"event\":\"output\".*\"line\":\"$name\"" "$dir/$name.err")" 1 "what $name sees of its own cache"
done
both locked
build read
turns=$(sed -n 's/.*"event":"output".*"line":"\([a-z]*\) \([a-z]*\)".*/\1-\2/p' "$dir/err" | tr '\n' ' ')
case $turns in
  'in-left out-left in-right out-right ' | 'in-right out-right in-left out-left ') ;;
  *) fail "the locked steps did not take turns: $turns" ;;
esac
