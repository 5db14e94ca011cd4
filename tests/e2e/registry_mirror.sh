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
