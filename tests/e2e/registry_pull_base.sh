#!/bin/sh
# Images that other tools pushed are bases: docker's format and OCI's, single and of several architectures.
. "$(dirname "$0")/lib.sh"
needs skopeo
start_registry

# Something to push: a layout that holds one image.
workspace seed <<'LUA'
local base = require 'base'
service 'seed' { from = base, env = { SEEDED = 'yes' }, cmd = { 'echo', 'seed' } }
LUA
build seed -o "type=oci,dest=$dir/seed.tar"
for format in v2s2 oci; do
  skopeo copy -q --format "$format" --dest-tls-verify=false "oci-archive:$dir/seed.tar" "docker://$registry/base:$format"
  skopeo inspect --raw --tls-verify=false "docker://$registry/base:$format" >"$dir/manifest.$format"
done
grep -q 'vnd.docker.distribution.manifest.v2' "$dir/manifest.v2s2" || fail 'skopeo did not push the docker format'
grep -q 'vnd.oci.image.config' "$dir/manifest.oci" || fail 'skopeo did not push the OCI format'

# put TAG FILE TYPE: sends a manifest as it is.
put() {
  curl -sS -f -o "$dir/answer" -X PUT -H "Content-Type: $3" --data-binary @"$2" "http://$registry/v2/base/manifests/$1"
}
# An index whose first entry is for another machine and does not even exist in full.
descriptor() {
  printf '{"mediaType":"%s","digest":"sha256:%s","size":%s,"platform":{"os":"linux","architecture":"%s"}}' \
    "$1" "$(sha256sum <"$2" | cut -c1-64)" "$(wc -c <"$2")" "$3"
}
case $(uname -m) in x86_64) here=amd64 other=arm64 ;; *) here=arm64 other=amd64 ;; esac
oci=application/vnd.oci.image
sed 's/"schemaVersion":2/"schemaVersion":2,"annotations":{"for":"another machine"}/' "$dir/manifest.oci" >"$dir/manifest.other"
put other "$dir/manifest.other" $oci.manifest.v1+json
printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s,%s]}' $oci.index.v1+json \
  "$(descriptor $oci.manifest.v1+json "$dir/manifest.other" $other)" \
  "$(descriptor $oci.manifest.v1+json "$dir/manifest.oci" $here)" >"$dir/index"
put several "$dir/index" $oci.index.v1+json

for tag in v2s2 oci several; do
  workspace "on-$tag" <<LUA
service 'app' {
  from  = '$registry/base:$tag',
  steps = { sh { [[ echo "\$SEEDED" > /seen; ls /bin/busybox >> /seen ]] } },
}
LUA
  build app -o "type=local,dest=$dir/out-$tag"
  same "$(tr '\n' ' ' <"$dir/out-$tag/seen")" 'yes /bin/busybox ' "what a step saw on base:$tag"
  build app
  same "$(ran)" '' "steps of the second build on base:$tag"
done

# An index without this machine is refused by name.
printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}' $oci.index.v1+json \
  "$(descriptor $oci.manifest.v1+json "$dir/manifest.other" $other)" >"$dir/index"
put foreign "$dir/index" $oci.index.v1+json
workspace foreign <<LUA
service 'app' { from = '$registry/base:foreign' }
LUA
fails_with 1 "linux/$here" "$TIERBUILD" build --progress=plain app
prints "linux/$other"
