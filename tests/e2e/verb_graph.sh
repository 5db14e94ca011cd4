#!/bin/sh
# `graph` in each of its formats can be read by what the format is for.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
local python = tier 'python' { from = base, steps = { sh { 'true' } } }
service 'api' { from = python }
service 'web' { from = base, layers = { layer.build 'page' { on = python, sh = 'echo page > $OUT/page' } } }
LUA
fails_with 0 'tier:base' "$TIERBUILD" graph
prints '─ service:api'
# A selector shows a part.
fails_with 0 'service:api' "$TIERBUILD" graph api
! grep -q 'service:web' "$dir/out" || fail 'the graph of api shows web'

fails_with 0 '"tier:python" -> "service:api"' "$TIERBUILD" graph --format dot
if command -v dot >/dev/null; then dot -Tsvg "$dir/out" | grep -q '</svg>' || fail 'dot cannot draw it'; fi
fails_with 0 '^graph' "$TIERBUILD" graph --format mermaid
prints 'service:web'
fails_with 0 '"needs": ' "$TIERBUILD" graph --format json
if command -v python3 >/dev/null; then
  same "$(python3 -c 'import json,sys; print(*sorted(t["name"] for t in json.load(sys.stdin)["targets"]))' <"$dir/out")" \
    'service:api service:web tier:base tier:python' 'the targets in the JSON'
fi
fails_with 2 "'pdf'" "$TIERBUILD" graph --format pdf
prints 'tree, dot, json'
fails_with 2 "'wbe'.*did you mean '(service:)?web'" "$TIERBUILD" graph wbe
