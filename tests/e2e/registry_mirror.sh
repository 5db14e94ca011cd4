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

# A mirror that shows what once was is no reason to believe it where tags are moved.
registry=$origin
start_proxy "$origin" stale
workspace released <<LUA
registry '$origin/acme' { mirror = { ['$origin'] = '$proxy' } }
service 'web' { from = image.scratch(), copy = { { 'text', to = '/text' } } }
LUA
tag() { curl -sS -f -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$origin/v2/acme/web/manifests/latest" | sha256sum; }
echo one >text
"$TIERBUILD" push --release r1 >"$dir/out" 2>&1 || fail 'the first release failed'
one=$(tag)
curl -sS -f -H 'Accept: application/vnd.oci.image.index.v1+json' "http://$origin/v2/acme/releases/manifests/current" >"$dir/index"
echo two >text
"$TIERBUILD" push --release r2 >"$dir/out" 2>&1 || fail 'the second release failed'
two=$(tag)
[ "$one" != "$two" ] || fail 'both releases are one'
index=$(python3 -c 'import json, sys; print(json.dumps(open(sys.argv[1]).read()))' "$dir/index")
stale='{"path":"releases/manifests","action":"answer","status":200,"times":999,"body":'$index',"headers":{"Content-Type":"application/vnd.oci.image.index.v1+json","Docker-Content-Digest":"sha256:'$(sha256sum <"$dir/index" | cut -c1-64)'"}}'
faults "[$stale]"
echo three >text
"$TIERBUILD" push web -t "$origin/acme/other:1" >"$dir/out" 2>&1 || fail 'a push beside the release failed'
same "$(tag)" "$two" 'the tag after a push, with a mirror that is behind'
"$TIERBUILD" releases >"$dir/out" 2>&1 || fail 'releases'
prints '^r2 .*\*'
"$TIERBUILD" rollback r1 >"$dir/out" 2>&1 || fail 'the rollback failed'
same "$(tag)" "$one" 'the tag after a rollback'
same "$(count fired)" 0 'questions about tags that the mirror was asked'
