#!/bin/sh
# A task that asks does nothing until somebody says yes.
. "$(dirname "$0")/lib.sh"
needs script

workspace <<'LUA'
task 'deploy' { confirm = 'Deploy to live?', run = { 'echo', 'deployed' } }
task 'release' { needs = { 'deploy' }, run = { 'echo', 'released' } }
LUA
fails_with 2 "'Deploy to live\?'" "$TIERBUILD" deploy </dev/null
prints '--yes answers'
! grep -qx deployed "$dir/out" || fail 'it ran without an answer'
same "$("$TIERBUILD" deploy --yes </dev/null)" deployed 'with --yes'
fails_with 0 'echo deployed' "$TIERBUILD" deploy -n </dev/null

# At a terminal, also where another task needs it.
answer() { { sleep 0.5; echo "$1"; sleep 0.5; } | script -qec "'$TIERBUILD' $2" /dev/null >"$dir/out" 2>&1; }
answer y deploy || fail 'y was not taken for yes'
prints 'Deploy to live\? \[y/N\]'
prints '^deployed'
status=0
answer n release || status=$?
same "$status" 1 'the status after n'
! grep -q '^released\|^deployed' "$dir/out" || fail 'it ran after n'
