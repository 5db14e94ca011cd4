#!/bin/sh
# A release lists the digests of many images, and rollback makes an earlier one current again, whatever became of the
# manifests in the repositories of the images.
. "$(dirname "$0")/lib.sh"
needs skopeo curl
start_registry

workspace <<LUA
local base = require 'base'
registry '$registry/acme' { insecure = true, tags = { 'latest', 'stable' } }
for _, name in ipairs { 'api', 'web' } do
  service(name) { from = base, copy = { { 'text', to = '/text' } }, cmd = { 'cat', '/text' } }
end
LUA
digest() { skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/acme/$1" 2>"$dir/err" || echo none; }
push() { "$TIERBUILD" push -q "$@" >"$dir/out" 2>&1 || fail "push $* ended with status $?"; }
index() { curl -sS -f -H 'Accept: application/vnd.oci.image.index.v1+json' "http://$registry/v2/acme/releases/manifests/$1"; }

echo one >text
push --release r1
one=$(digest web:latest)
same "$(digest web:stable)" "$one" 'the other tag of the first release'
index r1 >"$dir/index"
for image in api web; do
  for tag in latest stable; do grep -q "acme/$image:$tag" "$dir/index" || fail "the release does not list $image:$tag"; done
done
same "$(index current)" "$(index r1)" 'the current release'
echo two >text
push --release r2
two=$(digest web:latest)
[ "$one" != "$two" ] || fail 'the second release is the first'
"$TIERBUILD" releases >"$dir/out"
prints '^r2 .*\*'
prints '^r1 '

# A release is what it is; its own content again is no news.
push --release r2
echo three >text
fails_with 1 'release r2' "$TIERBUILD" push --release r2
same "$(digest web:latest)" "$two" 'the tag after a push that was refused'
fails_with 2 'name of a release' "$TIERBUILD" push --release current

"$TIERBUILD" rollback r1 >"$dir/out" 2>&1 || fail 'rollback failed'
for tag in latest stable; do same "$(digest "web:$tag")" "$one" "web:$tag after the rollback"; done
"$TIERBUILD" releases >"$dir/out"
prints '^r1 .*\*'
same "$("$TIERBUILD" releases -q | sort | tr '\n' ' ')" 'r1 r2 ' 'the names of releases'
fails_with 1 "no release 'r9'" "$TIERBUILD" rollback r9

# The repository of an image was cleaned up: the release has what it needs.
api=$(digest api:latest)
curl -sS -f -X DELETE "http://$registry/v2/acme/api/manifests/$(index r2 | sed 's/.*"digest":"\(sha256:[0-9a-f]*\)"[^{]*{"dev.tierbuild.tag":"acme\/api:latest.*/\1/')"
"$TIERBUILD" rollback r2 >"$dir/out" 2>&1 || fail 'rollback after a clean-up failed'
[ "$(digest api:latest)" != "$api" ] || fail 'the tag did not move'
skopeo copy -q --src-tls-verify=false "docker://$registry/acme/api:latest" "dir:$dir/api" || fail 'the image is not whole'

# Cut off in the middle of the tags: one of them is still where it was. The next push ends what was begun.
put() { curl -sS -f -o "$dir/answer" -X PUT -H "Content-Type: $1" --data-binary @"$2" "http://$registry/v2/acme/$3"; }
skopeo inspect --raw --tls-verify=false "docker://$registry/acme/web@$one" >"$dir/manifest"
put application/vnd.oci.image.manifest.v1+json "$dir/manifest" web/manifests/latest
index r1 >"$dir/index"
put application/vnd.oci.image.index.v1+json "$dir/index" releases/manifests/moved
"$TIERBUILD" push -q api -t "$registry/acme/other:1" >"$dir/out" 2>&1 || fail 'a push of another name failed'
same "$(digest web:latest)" "$two" 'the tag that was left behind'

# A registry that refuses one tag: the others go back.
mkdir -p "$dir/registry/data/docker/registry/v2/repositories/acme/web/_manifests/tags"
tag="$dir/registry/data/docker/registry/v2/repositories/acme/web/_manifests/tags/stable"
before=$(digest api:latest)
mv "$tag" "$dir/stable" && : >"$tag"
fails_with 1 'stable' "$TIERBUILD" push --release r4
rm "$tag" && mv "$dir/stable" "$tag"
same "$(digest api:latest)" "$before" 'a tag after a push that failed'
same "$(index current)" "$(index r2)" 'the current release after a push that failed'
push --release r4
[ "$(digest api:latest)" != "$before" ] || fail 'the push that followed changed nothing'
