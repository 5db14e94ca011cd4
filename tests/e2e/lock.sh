#!/bin/sh
# `lock` pins tags and fetches; what is locked wins over the registry, the store and --pull, until --update.
. "$(dirname "$0")/lib.sh"
needs skopeo
start_registry

seed() {
  workspace seed <<LUA
local base = require 'base'
service 'seed' { from = base, build_env = { N = '$1' }, steps = { sh { [[ echo version \$N > /version ]] } } }
LUA
  build seed -o "type=oci,dest=$dir/seed-$1.tar"
  skopeo copy -q --dest-tls-verify=false "oci-archive:$dir/seed-$1.tar" "docker://$registry/$2"
}
tag_digest() { skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/$1"; }
app() {
  rm -rf "$dir/files"
  "$TIERBUILD" -C "$dir/app" build --progress=json app -o "type=local,dest=$dir/files" "$@" >"$dir/out" 2>"$dir/err" ||
    fail "build $* ended with status $?"
  cat "$dir/files/version"
}
entries() { grep -v '^#' "$dir/app/tierbuild.lock" | tr '\n' ' ' | sed 's/ $//'; }

seed 1 base:1
first=$(tag_digest base:1)
file=$(skopeo inspect --tls-verify=false --format '{{index .Layers 0}}' "docker://$registry/base:1")
url=http://$registry/v2/base/blobs/$file

workspace app <<LUA
registry '$registry/acme' {}
service 'app' { from = '$registry/base:1', copy = { { fetch { '$url' }, to = '/fetched' } } }
LUA
fails_with 2 'E051.*has no sha256 and is not in tierbuild.lock' "$TIERBUILD" plan
fails_with 0 "added .*base .*/base:1 .*$first" "$TIERBUILD" lock
same "$(entries)" "base $registry/base:1 $first fetch $url $file" 'the lock file'
fails_with 0 'up to date: 1 bases, 1 fetches' "$TIERBUILD" lock
same "$(app)" 'version 1' 'the first build'
cmp "$dir/files/fetched" "$(find "$TIERBUILD_STORE" -path "*blobs/sha256/${file#sha256:}")" || fail 'the fetched file'

# The tag moves. Neither --pull nor another store follows it.
seed 2 base:1
cd "$dir/app"
second=$(tag_digest base:1)
[ "$first" != "$second" ] || fail 'the tag did not move'
same "$(app --pull)" 'version 1' 'a locked build with --pull'
same "$(app --store "$dir/other")" 'version 1' 'a locked build in an empty store'
same "$(app --locked)" 'version 1' 'a build with --locked'
fails_with 0 "up to date" "$TIERBUILD" lock
fails_with 0 "changed .*base:1 .*$second" "$TIERBUILD" lock --update "$registry/base:1"
same "$(entries)" "base $registry/base:1 $second fetch $url $file" 'the updated lock file'
same "$(app)" 'version 2' 'a build after --update'
fails_with 2 "no base or fetch '$registry/base:2'.*did you mean" "$TIERBUILD" lock --update "$registry/base:2"
fails_with 2 'go with --update' "$TIERBUILD" lock "$registry/base:1"

# A tag that cannot be resolved leaves the file alone and is told at its place.
sed -i 's/base:1/base:none/' Buildfile.lua
before=$(entries)
fails_with 1 'Buildfile.lua:2' "$TIERBUILD" lock
same "$(entries)" "$before" 'the lock file after a failure'
