#!/bin/sh
# `inspect` shows a target's image, one of a registry and one in a file the same way.
. "$(dirname "$0")/lib.sh"
start_registry

workspace <<LUA
local base = require 'base'
registry '$registry/acme' { }
service 'web' { from = base, env = { GREETING = 'hi' }, cmd = { 'echo', 'a b' }, expose = { 8080 }, labels = { ['org.example'] = 'yes' } }
service 'new' { from = base }
LUA
fails_with 1 "'web' has not been built" "$TIERBUILD" inspect web
prints 'tierbuild build web'
build web --push -o "type=oci,dest=$dir/web.tar"
digest=$(digest_of web)

for ref in web service:web "$registry/acme/web:latest" "oci:$dir/web.tar"; do
  fails_with 0 "$digest" "$TIERBUILD" inspect "$ref"
  prints 'GREETING=hi'
  prints '8080'
  fails_with 0 "\"sha256:[0-9a-f]{64}\"" "$TIERBUILD" inspect --json "$ref"
  grep -q "$digest" "$dir/out" || fail "the JSON of $ref lacks the digest"
  prints '"org.example": "yes"'
done
"$TIERBUILD" inspect web | grep -q "$(printf '\033')" && fail 'escapes in a pipe'
fails_with 1 "$registry/acme/none:1" "$TIERBUILD" inspect "$registry/acme/none:1"
fails_with 1 'missing.tar' "$TIERBUILD" inspect oci:missing.tar

# pull brings an image into a store that has none.
TIERBUILD_STORE=$dir/store2 fails_with 0 "$digest" "$TIERBUILD" pull "$registry/acme/web:latest"
