#!/bin/sh
# A tag stays what it was at the first build, until --pull asks again; --offline asks nobody.
. "$(dirname "$0")/lib.sh"
needs skopeo
start_registry

seed() {
  workspace seed <<LUA
local base = require 'base'
service 'seed' { from = base, build_env = { N = '$1' }, steps = { sh { [[ echo version \$N > /version ]] } } }
LUA
  build seed -o "type=oci,dest=$dir/seed-$1.tar"
  skopeo copy -q --dest-tls-verify=false "oci-archive:$dir/seed-$1.tar" "docker://$registry/base:1"
}
app() {
  rm -rf "$dir/files"
  "$TIERBUILD" -C "$dir/app" build --progress=json app -o "type=local,dest=$dir/files" "$@" >"$dir/out" 2>"$dir/err" ||
    fail "build $* ended with status $?"
  cat "$dir/files/version"
}

# Offline, an unknown base is an error that says how to go on.
workspace app <<LUA
service 'app' { from = '$registry/base:1' }
LUA
fails_with 1 'offline' "$TIERBUILD" build --progress=plain --offline app
prints "$registry/base:1"

seed 1
same "$(app)" 'version 1' 'the first build'
seed 2
same "$(app)" 'version 1' 'a build after the tag has moved'
same "$(app --offline)" 'version 1' 'an offline build'
same "$(app --pull)" 'version 2' 'a build with --pull'
same "$(app)" 'version 2' 'a build after --pull'

# Once the registry is gone, what is in the store goes on to serve.
stop "$registry_pid"
same "$(app)" 'version 2' 'a build while the registry is down'
fails_with 1 "$registry" "$TIERBUILD" -C "$dir/app" build --progress=plain --pull app
