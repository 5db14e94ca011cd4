#!/bin/sh
# kill -9 of the program, in a step and while files are copied: nothing is left running or mounted, and the next build
# makes the same images as one that nobody killed.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'slow' { from = base, steps = { sh { [[
  echo one >/one; (setsid sh -c 'sleep 300; : the-marker' &) ; echo ready; [ ! -e /wait/wait ] || sleep 300; : the-marker; echo two >/two
]], mounts = { cache.mount { target = '/wait', id = 'wait' } } } } }
service 'many' { from = base, copy = { { 'many', to = '/many' } } }
service 'arm' { from = base, steps = { sh { 'touch /wait/wait', mounts = { cache.mount { target = '/wait', id = 'wait' } } } } }
service 'disarm' { from = base, steps = { sh { 'rm /wait/wait', mounts = { cache.mount { target = '/wait', id = 'wait' } } } } }
LUA
marker=marker-$$-$(date +%N)
sed -i "s/the-marker/$marker/" Buildfile.lua
echo "$marker" >"$dir/marker"
mkdir many
for i in $(seq 1500); do echo "$i" >"many/file$i"; done
head -c 60000000 /dev/urandom >many/large

TIERBUILD_STORE="$dir/whole" "$TIERBUILD" build -q slow many >"$dir/expected" 2>"$dir/err" || fail 'the build that nobody kills failed'

step_is_gone() { ! grep -qsaF -f "$dir/marker" /proc/[0-9]*/cmdline; }
mounts_are_gone() { ! grep -lsF "$TIERBUILD_STORE" /proc/[0-9]*/mountinfo | grep -q .; }

# killed_at PATTERN TARGET: starts a build, kills it when its events match.
killed_at() {
  : >"$dir/err" # of the round before
  "$TIERBUILD" build --progress=json "$2" >"$dir/out" 2>"$dir/err" &
  pid=$!
  started "$pid"
  wait_for 30 grep -q "$1" "$dir/err" || fail "no event like $1"
  [ "$2" = many ] || ! step_is_gone || fail 'the processes of the step cannot be seen'
  kill -9 "$pid" 2>/dev/null || true # it may have ended just now
  status=0
  wait "$pid" 2>/dev/null || status=$?
  [ "$status" -ne 137 ] || killed=$((killed + 1))
  wait_for 1 step_is_gone || fail 'a process of the step lives on'
  wait_for 1 mounts_are_gone || fail "something is still mounted: $(grep -sF "$TIERBUILD_STORE" /proc/[0-9]*/mountinfo)"
}
killed=0
build arm
killed_at '"line":"ready"' slow
build disarm
for round in 1 2 3 4; do
  echo "$round" >many/round # a machine that copies faster than this script kills has not built the next round yet
  killed_at '"event":"step_started".*many/copy' many
done
[ "$killed" -ge 2 ] || fail 'no build was killed while it copied'
rm many/round
"$TIERBUILD" build -q slow many >"$dir/found" 2>"$dir/err" || fail 'the build after the kills failed'
diff "$dir/expected" "$dir/found" || fail 'the images are not those of a build that nobody killed'
"$TIERBUILD" verify >"$dir/out" || fail 'the store is damaged'
step_is_gone || fail 'a process of the step that ended lives on'
# What the killed builds left in the store is gone.
same "$(find "$TIERBUILD_STORE/tmp" -mindepth 2 | wc -l)" 0 'leftovers'
