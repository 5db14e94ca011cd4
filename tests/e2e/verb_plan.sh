#!/bin/sh
# `plan` says what would run and why, for people and as JSON, and runs nothing.
. "$(dirname "$0")/lib.sh"
needs python3

workspace <<'LUA'
local base = require 'base'
service 'web' { from = base, copy = { { 'page', to = '/' } }, steps = {
  sh { 'echo one > /one' }, sh { 'sleep 0.3; echo slow > /slow', label = 'slow' },
} }
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

prints '; about [0-9.]+ m?s with -j[0-9]+ .*, [0-9]+ B of layers'
fails_with 0 '^longest: service:web/sh → service:web/slow$' "$TIERBUILD" plan -j1 service:web --no-cache-filter web

"$TIERBUILD" plan --json >"$dir/plan.json"
grep -q '"name": "service:web"' "$dir/plan.json" || fail 'the JSON lacks the target'
same "$(grep -c '"verdict": "run"' "$dir/plan.json")" 2 'steps to run in the JSON'
same "$(grep -c '"verdict": "maybe"' "$dir/plan.json")" 1 'steps in the JSON that depend on what those make'
same "$(grep -c '"reason": "..*"' "$dir/plan.json")" 3 'reasons in the JSON'
same "$(grep -c '"image": "run"' "$dir/plan.json")" 2 'images in the JSON that are made anew'

# What is predicted comes from the last time: the slow step takes as long as it took, and its layer as much.
python3 - "$dir/plan.json" <<'PYTHON' || fail 'the predictions in the JSON'
import json, sys
plan = json.load(open(sys.argv[1]))
steps = {step['step']: step for step in plan['steps']}
slow, script, page = (steps['service:web/' + name] for name in ('slow', 'sh', 'copy'))
assert slow['expected_ms'] >= 300, slow
assert slow['waits_for'] == 'service:web/sh' and slow['start_ms'] >= script['end_ms'], slow
assert plan['expected_ms'] >= slow['end_ms'] and plan['least_ms'] < slow['expected_ms'], plan
assert plan['critical_path'] == ['service:web/sh', 'service:web/slow'], plan
assert slow['bytes'] > 0 and plan['new_bytes'] == slow['bytes'] + script['bytes'] + page['bytes'], plan
assert page['changes'][0]['name'] == 'page' and page['changes'][0]['how'] == 'changed', page
assert plan['targets'][0]['new_bytes'] <= plan['targets'][0]['bytes'], plan
PYTHON
fails_with 0 'about .* of new layers to push' "$TIERBUILD" plan --push
build web
same "$(ran)" 'service:web/copy service:web/sh service:web/slow' 'what then ran'
