#!/bin/sh
# A failing step: what is said, what is still built, and what the next build reuses.
. "$(dirname "$0")/lib.sh"

write() {
  workspace <<LUA
local base = require 'base'
service 'good' { from = base, steps = { run { 'touch', '/good' } } }
service 'bad' {
  from  = base,
  steps = {
    sh { 'echo fine', label = 'first' },
    sh { 'echo the last words; $1', label = 'second' },
  },
}
service 'on-bad' { from = service_on }
LUA
  sed -i "s/service_on/'service:bad'/" Buildfile.lua
}
write 'exit 7'
fails_with 1 'status 7' "$TIERBUILD" build bad
prints 'bad/second|service:bad'
prints 'Buildfile\.lua:7'
prints 'the last words'

fails_with 1 'status 7' "$TIERBUILD" build -k -j1 --progress=json
mv "$dir/out" "$dir/err"
grep -q '"event":"image","target":"service:good"' "$dir/err" || fail 'with -k, what does not depend on the failure was not built'
same "$(json_get "$dir/err" failed)" 1 'failed steps'
! grep -q '"event":"image","target":"service:on-bad"' "$dir/err" || fail 'what stands on the failure was built'

write true
build
same "$(ran)" 'service:bad/second' 'steps that the build after the fix ran'

# limit FIELDS SCRIPT
limit() {
  workspace limits <<LUA
local base = require 'base'
service 'limited' { from = base, steps = { sh { [[ $2 ]], limits = { $1 } } } }
LUA
}
limit "timeout = '1s'" 'echo waiting; sleep 60'
fails_with 1 'longer than|time limit|timeout|timed out' "$TIERBUILD" build
prints 'Buildfile\.lua:2'
limit "memory = '16M'" 'tail /dev/zero'
fails_with 1 'memory' "$TIERBUILD" build
prints 'Buildfile\.lua:2'
limit 'pids = 16' 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do sleep 5 & done; wait'
fails_with 1 'fork' "$TIERBUILD" build
