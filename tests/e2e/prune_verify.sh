#!/bin/sh
# df, prune, verify and doctor; damage is found, named and mended, and what was pruned comes back the same.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'one' { from = base, steps = { sh { 'echo 1 >/one', mounts = { cache.mount { target = '/c' } } } } }
service 'two' { from = base, copy = { { 'data', to = '/data' } } }
LUA
head -c 100000 /dev/urandom >data
images() { sed -n 's/.*"event":"image","target":"\([^"]*\)","digest":"\([^"]*\)".*/\1 \2/p' "$dir/err" | sort; }
tb() { "$TIERBUILD" "$@"; }

build
first=$(images)
tb df >"$dir/out" || fail df
prints '^blobs +[0-9]+ '
tb df --json >"$dir/df" || fail 'df --json'
bytes=$(json_get "$dir/df" bytes)
[ "$bytes" -gt 1000000 ] || fail "df says $bytes bytes"
tb verify >"$dir/out" || fail verify
tb verify --json >"$dir/out"
prints '"ok": true'
tb doctor >"$dir/out" || fail doctor
prints '^ok +oci runtime'
tb doctor --json >"$dir/out" || fail 'doctor --json'
prints '"oci runtime"'

# Nothing of the last build is pruned; an image that no build makes any more is.
tb prune >"$dir/out" || fail prune
build
same "$(ran)" '' 'steps after prune'
echo other >>data
build
tb prune -n --all --json >"$dir/dry" || fail 'prune -n'
grep -q '"dry_run": true' "$dir/dry" || fail 'the dry run does not say so'
build
same "$(ran)" '' 'steps after a dry run'

tb prune --all --caches >"$dir/out" || fail 'prune --all'
same "$(find "$TIERBUILD_STORE/blobs" -type f | wc -l)" 0 'blobs after prune --all'
tb df --json >"$dir/df"
head -c 100000 data >data.new && mv data.new data
build
same "$(images)" "$first" 'images after prune --all'

# A flipped byte in the blob of a layer, the largest there is.
blob=$(find "$TIERBUILD_STORE/blobs" -type f -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
printf '\377\376' | dd of="$blob" bs=1 seek=5000 conv=notrunc 2>/dev/null
fails_with 1 "${blob##*/}" tb verify
fails_with 1 '"ok": false' tb verify --json
tb verify --repair >"$dir/out" || fail 'verify --repair'
prints 'repaired'
build
same "$(images)" "$first" 'images after the repair'
tb verify >"$dir/out" || fail 'the store is still damaged'
