#!/bin/sh
# Credentials come from the file that $REGISTRY_AUTH_FILE names; without, or with wrong ones, the message helps.
. "$(dirname "$0")/lib.sh"
needs skopeo base64
start_registry ann secret

login() { printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(printf '%s' "$1" | base64)" >"$dir/auth.json"; }
export REGISTRY_AUTH_FILE="$dir/auth.json"
login ann:secret
workspace <<LUA
local base = require 'base'
registry '$registry/acme' { }
service 'web' { from = base, cmd = { 'true' } }
LUA
build web --push
skopeo inspect --tls-verify=false --creds ann:secret "docker://$registry/acme/web:latest" >"$dir/seen.json"

workspace on <<LUA
service 'app' { from = '$registry/acme/web:latest' }
LUA
fails_with 0 'app' "$TIERBUILD" build --store "$dir/store2" --progress=plain

login ann:wrong
fails_with 1 "$registry" "$TIERBUILD" build --store "$dir/store3" --progress=plain
prints 'credentials|login|denied|unauthorized'
prints 'hint:|help:'
! grep -q 'wrong' "$dir/out" || fail 'the password is in the message'

echo '{}' >"$dir/auth.json"
fails_with 1 "$registry" "$TIERBUILD" build --store "$dir/store3" --progress=plain
prints 'credentials|login|denied|unauthorized'
cd "$dir/ws"
fails_with 1 "$registry" "$TIERBUILD" push --progress=plain web
