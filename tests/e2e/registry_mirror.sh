#!/bin/sh
# `mirror` of a registry really serves pulls: a name of Docker Hub comes from another registry, unchanged in the Buildfile.
. "$(dirname "$0")/lib.sh"
start_registry

workspace producer <<LUA
registry '$registry/proxy/library' { insecure = true, tags = { '3.12-slim' } }
local base = require 'base'
service 'python' { from = base, cmd = { 'echo', 'from the mirror' } }
LUA
build python --push
rm -rf "$TIERBUILD_STORE"

workspace consumer <<LUA
registry '$registry/own' { insecure = true, mirror = { ['docker.io'] = '$registry/proxy' } }
service 'app' { from = 'python:3.12-slim' }
LUA
build app
same "$("$TIERBUILD" run -q app 2>"$dir/err")" 'from the mirror' 'the base of the mirror'
grep -q '/v2/proxy/library/python/manifests/' "$dir/registry/log" || fail 'the mirror was not asked'

# The longest name counts, mirrors are asked in order, and one that is down is not asked again.
rm -rf "$TIERBUILD_STORE"
start_proxy -
down=$proxy
faults '[{"action":"reset","times":99}]'
workspace several <<LUA
registry '$registry/own' {
  mirror = {
    ['docker.io'] = 'nowhere.invalid',
    ['docker.io/library'] = { '$down', 'http://$registry/proxy/library' },
  },
}
service 'app' { from = 'python:3.12-slim' }
LUA
build app
same "$("$TIERBUILD" run -q app 2>"$dir/err")" 'from the mirror' 'the base of the second mirror'
[ "$(count requests)" -ge 1 ] || fail 'the first mirror was not asked'
[ "$(count requests)" -le 2 ] || fail "the mirror that is down was asked $(count requests) times"

# A registry that passes pulls on to another, and takes nothing itself: pushes go to the other one.
origin=$registry
mv "$dir/registry" "$dir/origin"
registry_more="proxy: {remoteurl: 'http://$origin'}"
start_registry
workspace through <<LUA
local base = require 'base'
registry '$origin' { mirror = { ['$origin'] = '$registry' } }
service 'made' { from = base, cmd = { 'echo', 'pulled through' } }
LUA
build made --push
rm -rf "$TIERBUILD_STORE"
workspace user <<LUA
registry '$origin' { mirror = { ['$origin'] = '$registry' } }
service 'app' { from = '$origin/made:latest' }
LUA
build app
same "$("$TIERBUILD" run -q app 2>"$dir/err")" 'pulled through' 'the base that was pulled through'
grep -q 'GET /v2/made/blobs/' "$dir/registry/log" || fail 'the blobs did not come through the mirror'
"$TIERBUILD" pull --store "$dir/store2" "$registry/made:latest" >"$dir/out" 2>&1 || fail 'the mirror itself serves no pull'
fails_with 1 "$registry" "$TIERBUILD" push --progress=plain -t "$registry/made:2" app

# When it is gone, the registry behind it serves.
stop "$registry_pid"
rm -rf "$TIERBUILD_STORE"
build app
