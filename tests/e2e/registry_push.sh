#!/bin/sh
# What is pushed can be inspected, pulled and run by other tools; a second push sends nothing.
. "$(dirname "$0")/lib.sh"
needs skopeo buildah podman runc
start_registry

workspace <<LUA
local base = require 'base'
registry '$registry/acme' { tags = { 'latest', '1.2' } }
service 'web' { from = base, cmd = { '/bin/echo', 'hello from web' }, env = { GREETING = 'hi' } }
LUA
build web --push --metadata-file "$dir/metadata.json"
digest=$(json_get "$dir/metadata.json" containerimage.digest)

# A tag is the digest that the build named, with config and layers that fit.
for tag in latest 1.2; do
  skopeo inspect --tls-verify=false "docker://$registry/acme/web:$tag" >"$dir/seen.json"
  same "$(json_get "$dir/seen.json" Digest)" "$digest" "the digest of web:$tag"
  grep -q '"GREETING=hi"' "$dir/seen.json" || fail "the image lacks its variable: $(cat "$dir/seen.json")"
done

# Neither blobs nor manifests are sent again.
sent() { grep -Ec 'http.request.method=(POST|PATCH|PUT)' "$dir/registry/log" || true; }
before=$(sent)
[ "$before" -gt 0 ] || fail "the registry's log shows no uploads"
"$TIERBUILD" push web >"$dir/out" 2>"$dir/err" || fail "the second push ended with status $?"
same "$(sent)" "$before" "requests that change the registry, after a push of what is there"

echo "hello" >extra
sed -i "s/^service 'web' {/&  copy = { { 'extra', to = '\/' } },/" Buildfile.lua
build web --push
[ "$(sent)" -gt "$before" ] || fail "a new image was not sent"

# Other engines take the image, and its command runs.
buildah --root "$dir/containers" --runroot "$dir/containers-run" --storage-driver vfs \
  pull -q --tls-verify=false "$registry/acme/web:latest" >"$dir/out" 2>"$dir/err" || fail "buildah cannot pull it"
podman --root "$dir/containers" --runroot "$dir/containers-run" --storage-driver vfs --runtime runc \
  --cgroup-manager cgroupfs run --rm --network none --ulimit nofile=10000:10000 --ulimit nproc=1000:1000 \
  "$registry/acme/web:latest" >"$dir/out" 2>"$dir/err" || fail "podman cannot run it"
same "$(cat "$dir/out")" 'hello from web' 'what podman run printed'
