#!/bin/sh
# A build with nothing to do runs no step and says how long the program took.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
for i = 1, 20 do
  local name = string.format('s%02d', i)
  service(name) { from = base, steps = { run { 'touch', '/' .. name } }, copy = { { 'app', to = '/app' } } }
end
LUA
mkdir app
echo content >app/file

build
same "$(json_get "$dir/err" failed)" 0 'failed steps of the first build'
[ "$(json_get "$dir/err" ran)" -gt 20 ] || fail 'the first build ran too little'
first=$(grep -o '"digest":"[^"]*"' "$dir/err" | sort)

build
same "$(json_get "$dir/err" ran)" 0 'steps that the second build ran'
same "$(json_get "$dir/err" skipped)" 0 'steps that the second build skipped'
same "$(grep -o '"digest":"[^"]*"' "$dir/err" | sort)" "$first" 'images'
! grep -q '"event":"step_started"' "$dir/err" || fail 'a step was started'
ms=$(json_get "$dir/err" program_ms)
[ -n "$ms" ] || fail 'program_ms is not in the last event'
echo "a build with nothing to do took $ms ms"


# Libraries that bring dozens of others along are opened where they are used, and nothing here uses them.
for words in --version build; do
  LD_DEBUG=libs "$TIERBUILD" $words >"$dir/out" 2>"$dir/libs" || fail "$words ended with status $?"
  grep -q 'calling init:.*libc\.so' "$dir/libs" || fail 'the loader does not say what it loads'
  ! grep -E 'calling init:.*/lib(git2|curl|archive)' "$dir/libs" || fail "$words opens a library that it does not need"
done

"$TIERBUILD" plan >"$dir/out" 2>&1
! grep -Eq 'never built|would run: [1-9]' "$dir/out" || fail 'the plan wants to run something'
