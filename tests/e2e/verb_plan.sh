#!/bin/sh
# `plan` says what would run and why, for people and as JSON, and runs nothing.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'web' { from = base, copy = { { 'page', to = '/' } }, steps = { sh { 'echo one > /one' } } }
LUA
echo page >page
fails_with 0 'never built' "$TIERBUILD" plan
prints '^[1-9][0-9]* to run'
[ ! -d "$TIERBUILD_STORE/blobs" ] || same "$(find "$TIERBUILD_STORE/blobs" -type f | wc -l)" 0 'blobs that a plan made'
"$TIERBUILD" build -n >"$dir/dry" 2>"$dir/err"
cmp "$dir/dry" "$dir/out" || fail 'build -n and plan differ'

build web
fails_with 0 '^0 to run' "$TIERBUILD" plan
echo 'another page' >page
fails_with 0 '^run +service:web/copy' "$TIERBUILD" plan
prints 'page'
prints '^reuse +service:web/sh'
sed -i 's/echo one/echo two/' Buildfile.lua
fails_with 0 '^run +service:web/sh' "$TIERBUILD" plan

"$TIERBUILD" plan --json >"$dir/plan.json"
grep -q '"name": "service:web"' "$dir/plan.json" || fail 'the JSON lacks the target'
same "$(grep -c '"verdict": "run"' "$dir/plan.json")" 2 'steps to run in the JSON'
same "$(grep -c '"reason": "..*"' "$dir/plan.json")" 2 'reasons in the JSON'
build web
same "$(ran)" 'service:web/copy service:web/sh' 'what then ran'
