#!/bin/sh
# A registry that is busy, breaks, stalls and forgets: pushes and pulls complete, and nothing much is sent twice.
. "$(dirname "$0")/lib.sh"
needs skopeo
start_registry
start_proxy "$registry"

# One layer of 8 MiB that no compression makes smaller, sent in pieces of 512 KiB.
size=8388608
mkdir -p "$dir/ws"
head -c $size /dev/urandom >"$dir/ws/noise"
workspace <<LUA
local base = require 'base'
registry '$proxy' { compression = 'none', chunk = '512KiB', timeout = '2s' }
service 'web' { from = base, copy = { { 'noise', to = '/noise' } }, cmd = { 'true' } }
LUA
build web
runs=0
# push RULES [ARG…]: pushes to a repository of its own, $repository, which has nothing yet.
push() {
  runs=$((runs + 1))
  repository=run$runs/web
  faults "$1"
  shift
  "$TIERBUILD" push --progress=plain -t "$proxy/$repository:1" "$@" web >"$dir/out" 2>&1
}
# completes WHAT RULES: the push ends well with at most 1.2 times the bytes, and the registry has the image.
completes() {
  push "$2" || fail "$1: the push ended with status $?"
  [ "$(count fired)" -gt 0 ] || fail "$1: the fault was never met"
  [ "$(count body)" -le $((whole * 6 / 5)) ] || fail "$1: $(count body) bytes were sent for $whole"
  same "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/$repository:1")" "$digest" "$1"
}
push '[]' || fail 'the push without faults failed'
whole=$(count body)
[ "$whole" -gt $size ] || fail "only $whole bytes were sent"
digest=$(digest_of web)

again='"headers":{"Retry-After":"1"}'
for status in 429 500 502 503; do
  completes "$status upon an upload" '[{"method":"PATCH","action":"status","status":'$status',"skip":4,"times":2,'"$again"'}]'
  completes "$status upon a manifest" '[{"method":"PUT","path":"manifests","action":"status","status":'$status',"times":2,'"$again"'}]'
  completes "$status at first" '[{"action":"status","status":'$status','"$again"'}]'
  completes "$status at the end of a blob" '[{"method":"PUT","path":"blobs","action":"status","status":'$status'}]'
done
completes 'a reset upon a manifest' '[{"method":"PUT","path":"manifests","action":"reset","at":"random"}]'
completes 'the answer to a manifest lost' '[{"method":"PUT","path":"manifests","action":"lose"}]'
completes 'the answer to the last piece lost' '[{"method":"PUT","path":"blobs/.*digest","action":"lose","times":2}]'
completes 'the upload session lost' '[{"method":"PATCH","action":"lost","skip":1}]'
completes 'a stalled piece' '[{"method":"PATCH","action":"stall","at":1000,"skip":3}]'
completes 'a stalled answer' '[{"method":"HEAD","action":"stall"}]'
completes 'pieces refused' '[{"method":"PATCH","action":"status","status":405}]'

# A piece cut at a random byte, in each of 200 pushes; then every other piece of one push.
for n in $(seq 200); do
  case $((n % 3)) in 0) how='"reset"' ;; 1) how='"status","status":500' ;; 2) how='"status","status":502' ;; esac
  completes "cut $n" '[{"method":"PATCH","at":"random","skip":'$((n % 16))',"action":'"$how"'}]'
done
push '[{"method":"PATCH","at":"random","action":"reset","every":2,"times":15}]' -j1 ||
  fail "15 cuts: the push ended with status $?"
same "$(count fired)" 15 'the cuts of the push'

# To a second repository of the registry blobs are mounted; one that mounts nothing gets them sent.
push '[]' -t "$proxy/$repository/more:1" || fail 'the push to two repositories failed'
[ "$(count body)" -le $((whole * 6 / 5)) ] || fail "the push to two repositories sent $(count body) bytes"
push '[{"method":"POST","path":"mount=","action":"no_mount","times":9}]' -t "$proxy/unmounted:1" ||
  fail 'the push without a mount failed'
[ "$(count fired)" -gt 0 ] || fail 'nothing was to be mounted'
for to in $repository unmounted; do
  same "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/$to:1")" "$digest" "$to, without a mount"
done

# What stays broken ends the push after some attempts, and says which blob it was.
gives_up() {
  ended=0
  push "$2" || ended=$?
  same "$ended" 1 "$1"
  prints "cannot push $proxy/.*: blob sha256:[0-9a-f]{64}"
  [ "$(count fired)" -le 40 ] || fail "$1: $(count fired) attempts"
}
gives_up 'a registry that stays broken' '[{"method":"PATCH","action":"status","status":503,"times":999}]'
gives_up 'a registry that always cuts' '[{"method":"PATCH","action":"reset","at":0,"times":999}]'

# fatal WHAT PATTERN RULES: what was refused once is not tried again, and is named.
fatal() {
  ended=0
  push "$3" || ended=$?
  same "$ended" 1 "$1"
  prints "$2"
}
blob="cannot push $proxy/.*: blob sha256:[0-9a-f]{64}"
for status in 400 403 413; do
  for method in PATCH POST; do
    fatal "$status upon $method" "$blob" '[{"method":"'$method'","action":"status","status":'$status'}]'
  done
  fatal "$status upon a manifest" "cannot push $proxy/" '[{"method":"PUT","path":"manifests","action":"status","status":'$status'}]'
done
