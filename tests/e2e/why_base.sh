#!/bin/sh
# `why` of bases: a tag that moved, a base that was switched, a lock file that pins another digest.
. "$(dirname "$0")/lib.sh"
needs skopeo
start_registry

# seed NUMBER TAG: puts an image whose content depends on the number.
seed() {
  workspace seed <<LUA
local base = require 'base'
service 'seed' { from = base, env = { N = '$1' }, steps = { sh { 'echo $1 >/version' } } }
LUA
  build seed -o "type=oci,dest=$dir/seed.tar"
  skopeo copy -q --dest-tls-verify=false "oci-archive:$dir/seed.tar" "docker://$registry/base:$2"
}
why() { "$TIERBUILD" why "$@" >"$dir/out" 2>"$dir/err" || fail "why $* ended with status $?"; }

seed 1 1
seed 2 2
workspace app <<LUA
service 'app' {
  from = '$registry/base:1',
  steps = { run { 'true' } },
}
LUA
build

sed -i 's/base:1/base:2/' Buildfile.lua
why app
prints "^service:app changes because base/$registry/base:2 runs because its base: $registry/base:1 → $registry/base:2"
prints "its base: $registry/base:1 → $registry/base:2 \(Buildfile.lua:2:3\)"
sed -i 's/base:2/base:1/' Buildfile.lua

# Only --pull sees that the tag moved; what it found is told afterwards.
seed 3 1
cd "$dir/app"
why app
prints '^service:app: nothing would run'
build --pull
why app
prints "the digest behind its tag: sha256:[0-9a-f]{12} → sha256:[0-9a-f]{12}"
prints "^  base/$registry/base:1 changed"

fails_with 0 'added' "$TIERBUILD" lock
build
digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/base:2")
sed -i "s/sha256:[0-9a-f]*/$digest/" tierbuild.lock
why app
prints "^  its base: .* \(tierbuild.lock:[0-9]+\)$"
why --json app
prints '"file": "tierbuild.lock"'
