#!/bin/sh
# --metadata-file names digests as buildx does, one entry for each target.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'web'    { from = base, cmd = { 'true' }, tags = { 'example.org/web:1', 'example.org/web:2' } }
service 'worker' { from = base, cmd = { 'false' } }
LUA
build web worker --metadata-file "$dir/metadata.json" -o "type=oci,dest=$dir/layout/"
for key in containerimage.digest containerimage.config.digest containerimage.descriptor image.name; do
  same "$(grep -o "\"$key\"" "$dir/metadata.json" | wc -l)" 2 "entries with $key"
done
for target in web worker; do
  grep -q "$(digest_of $target)" "$dir/metadata.json" || fail "the digest of $target is missing"
done
grep -q 'example.org/web:1,example.org/web:2' "$dir/metadata.json" || fail "names: $(cat "$dir/metadata.json")"

# The digests are those of real blobs.
for digest in $(grep -oE '"containerimage(\.config)?\.digest": *"sha256:[0-9a-f]{64}"' "$dir/metadata.json" | grep -oE '[0-9a-f]{64}'); do
  same "$(sha256sum <"$dir/layout/blobs/sha256/$digest" | cut -c1-64)" "$digest" 'a blob of the layout'
done

# A reader never sees half of the file, and a place that does not exist is an error.
fails_with 1 "$dir/no/where" "$TIERBUILD" build web --metadata-file "$dir/no/where"
