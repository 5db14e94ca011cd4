#!/bin/sh
# `compression` of a registry: what is sent has the media type that goes with it, and its digests are right.
. "$(dirname "$0")/lib.sh"
needs skopeo buildah
start_registry

for kind in gzip zstd none; do
  case $kind in gzip) suffix=+gzip ;; zstd) suffix=+zstd ;; none) suffix= ;; esac
  workspace $kind <<LUA
local base = require 'base'
registry '$registry/$kind' { compression = '$kind' }
service 'web' { from = base, steps = { sh { [[ echo text of the layer > /file ]] } }, cmd = { 'true' } }
LUA
  build web --push --store "$dir/store-$kind"
  skopeo inspect --raw --tls-verify=false "docker://$registry/$kind/web:latest" >"$dir/manifest"
  grep -q "application/vnd.oci.image.layer.v1.tar$suffix\"" "$dir/manifest" || fail "$kind: $(cat "$dir/manifest")"
  skopeo inspect --config --tls-verify=false "docker://$registry/$kind/web:latest" >"$dir/config-$kind"
  # skopeo checks each blob against its digest; buildah, which unpacks it, each layer against its diff id.
  skopeo copy -q --src-tls-verify=false "docker://$registry/$kind/web:latest" "dir:$dir/copy-$kind"
  buildah --root "$dir/containers" --runroot "$dir/containers-run" --storage-driver vfs \
    pull -q --tls-verify=false "$registry/$kind/web:latest" >"$dir/out" 2>"$dir/err" || fail "buildah cannot pull it"

  # The same image comes back as a base.
  workspace "on-$kind" <<LUA
service 'app' { from = '$registry/$kind/web:latest' }
LUA
  build app --store "$dir/store-on-$kind" -o "type=local,dest=$dir/files-$kind"
  same "$(cat "$dir/files-$kind/file")" 'text of the layer' "the file of the image that was sent with $kind"
done
diff_ids() { tr -d ' \n' <"$1" | sed 's/.*"diff_ids":\[\([^]]*\)\].*/\1/'; }
same "$(diff_ids "$dir/config-zstd")" "$(diff_ids "$dir/config-gzip")" 'the diff ids with zstd'
same "$(diff_ids "$dir/config-none")" "$(diff_ids "$dir/config-gzip")" 'the diff ids without compression'

# One store that held the layers as gzip gives the same zstd image as one that never did.
cp "$dir/zstd/Buildfile.lua" "$dir/zstd.lua"
cd "$dir/gzip"
build web --store "$dir/store-switched"
cp "$dir/zstd.lua" Buildfile.lua
switched=$("$TIERBUILD" build web -q --store "$dir/store-switched" 2>"$dir/err")
fresh=$("$TIERBUILD" build web -q --store "$dir/store-fresh" 2>"$dir/err")
same "$switched" "$fresh" 'the digest after switching from gzip to zstd'
