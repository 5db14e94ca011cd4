#!/bin/sh
# SIGTERM and SIGINT reach the command of `run`; after a second it is killed. Nothing is left behind.
. "$(dirname "$0")/lib.sh"
needs timeout pgrep

nap=7$$
workspace <<LUA
local base = require 'base'
service 'stubborn' { from = base, cmd = { 'sh', '-c', 'trap "" TERM INT; touch /shared/up; while :; do sleep $nap; done' } }
service 'polite'   { from = base, cmd = { 'sh', '-c', 'trap "echo bye; exit" TERM INT; touch /shared/up; while :; do sleep 0.1; done' } }
LUA
build
mkdir shared

nothing_left() {
  same "$(find "$TIERBUILD_STORE/tmp" -mindepth 2 | wc -l)" 0 "files left in the store after $1"
  ! pgrep -f "sleep $nap" >/dev/null || fail "a process is left after $1"
}
# ended_by SIGNAL TARGET: the status of `run`, which must be over within three seconds.
ended_by() {
  rm -f shared/up
  "$TIERBUILD" run -q -v "$dir/ws/shared:/shared" "$2" >"$dir/out" 2>"$dir/err" &
  pid=$!
  started $pid
  wait_for 20 test -e shared/up || fail "$2 did not start"
  kill -"$1" $pid
  wait_for 3 gone $pid || fail "run $2 goes on after SIG$1"
  status=0
  wait $pid || status=$?
  same "$status" 130 "the status after SIG$1 to $2"
  nothing_left "SIG$1 to $2"
}
for signal in TERM INT; do
  ended_by $signal stubborn
  ended_by $signal polite
  prints '^bye'
done

# `timeout` signals the program and then its whole group: that is one request, not two.
status=0
timeout -s TERM 2 "$TIERBUILD" run -q -v "$dir/ws/shared:/shared" polite >"$dir/out" 2>"$dir/err" || status=$?
same "$status" 124 'the status of timeout'
prints '^bye'
nothing_left 'timeout'
"$TIERBUILD" build >"$dir/out" 2>&1
! grep -q 'swept' "$dir/out" || fail 'leftovers had to be swept'
