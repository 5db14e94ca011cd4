#!/bin/sh
# Ctrl-C and SIGTERM: status 130 within two seconds, no process of the step survives, and the store stays usable.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'base-only' { from = base }
service 'slow' { from = base, steps = { sh { [[
  (setsid sh -c '(trap "" INT TERM; sleep 300; : the-marker) & sleep 300; : the-marker' &)
  trap '' INT TERM; echo ready; sleep 300; : the-marker
]] } } }
LUA
marker=marker-$$-$(date +%N)
sed -i "s/the-marker/$marker/" Buildfile.lua
echo "$marker" >"$dir/marker"
step_is_gone() { ! grep -qsaF -f "$dir/marker" /proc/[0-9]*/cmdline; }
build base-only

for signal in INT TERM; do
  : >"$dir/err" # of the round before
  "$TIERBUILD" build --progress=json slow >"$dir/out" 2>"$dir/err" &
  pid=$!
  started "$pid"
  wait_for 30 grep -q '"line":"ready"' "$dir/err" || fail 'the step did not start'
  ! step_is_gone || fail 'the processes of the step cannot be seen'
  before=$(date +%s%3N)
  kill -"$signal" "$pid"
  status=0
  wait "$pid" || status=$?
  took=$(($(date +%s%3N) - before))
  same "$status" 130 "status after SIG$signal"
  [ "$took" -lt 2000 ] || fail "it took $took ms to end after SIG$signal"
  echo "ended $took ms after SIG$signal"
  wait_for 1 step_is_gone || fail 'a process of the step lives on'
done
build base-only
same "$(ran)" '' 'steps that ran again'
"$TIERBUILD" verify >"$dir/out" || fail 'the store is damaged'
