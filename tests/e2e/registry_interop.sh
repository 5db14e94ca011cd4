#!/bin/sh
# What is pushed is read by skopeo, buildah and podman to the byte, in every form that there is; and what these push, in
# every form that they have, is read here.
. "$(dirname "$0")/lib.sh"
needs skopeo buildah podman runc python3
case $(uname -m) in x86_64) host=amd64 other=arm64 ;; aarch64) host=arm64 other=amd64 ;; *) skip "knows amd64 and arm64" ;; esac
start_registry
plain=--tls-verify=false
engine() { program=$1 && shift && "$program" --root "$dir/containers" --runroot "$dir/containers-run" --storage-driver vfs "$@"; }
podman_() { engine podman --runtime runc --cgroup-manager cgroupfs "$@"; }
# listing DIRECTORY: all that a tree holds, with types, modes, owners, links and content.
listing() {
  (cd "$1" && find . -mindepth 1 \( -path ./proc -o -path ./sys -o -path ./dev \) -prune -o -mindepth 1 -printf '%P %y %#m %U:%G %n %l\n' |
    awk '$2 == "d" { $5 = "-" } { print }' | sort && find . -type f -exec sha256sum {} + | sort)
}
digest_at() { skopeo inspect $plain --format '{{.Digest}}' "docker://$1"; }

# A tree with something of everything.
workspace web <<'LUA'
local base = require 'base'
platforms { PLATFORMS }
registry 'REGISTRY' { FORM }
service 'web' {
  from = base,
  steps = {
    sh { [[ mkdir -p /data/empty /data/ü && echo text >/data/file && ln /data/file /data/hard && ln -s file /data/soft
            chmod 4711 /data/hard && chown 7:8 /data/empty && chmod 1777 /data/empty && mkfifo /data/fifo
            head -c 300000 /dev/urandom >/data/noise && rm -f /bin/vi ]] },
  },
  copy = { { by_arch { amd64 = 'amd64', arm64 = 'arm64' }, to = '/arch' } },
  cmd = { 'cat', '/data/file' },
}
LUA
echo amd64 >amd64
echo arm64 >arm64
cp Buildfile.lua pattern
form() {
  sed -e "s|PLATFORMS|$3|; s|REGISTRY|$registry/$1|; s|FORM|$2|" pattern >Buildfile.lua
}
# The layer types that a kind has, and the type of what its tag leads to.
oci=application/vnd.oci.image docker=application/vnd.docker

for kind in gzip zstd none docker; do
  case $kind in
    docker) set -- "format = 'docker'" "$docker.image.rootfs.diff.tar.gzip" "$docker.distribution.manifest.v2+json" ;;
    none) set -- "compression = 'none'" "$oci.layer.v1.tar" "$oci.manifest.v1+json" ;;
    *) set -- "compression = '$kind'" "$oci.layer.v1.tar+$kind" "$oci.manifest.v1+json" ;;
  esac
  form "$kind" "$1" "'linux/$host'"
  build web --push --metadata-file "$dir/metadata.json" -o "type=local,dest=$dir/tree-$kind"
  image=$registry/$kind/web:latest
  digest=$(json_get "$dir/metadata.json" containerimage.digest)
  skopeo inspect --raw $plain "docker://$image" >"$dir/manifest.json"
  same "sha256:$(sha256sum <"$dir/manifest.json" | cut -d' ' -f1)" "$digest" "$kind: the bytes of the manifest"
  python3 - "$dir/manifest.json" "$2" "$3" <<'PYTHON' || fail "$kind: $(cat "$dir/manifest.json")"
import json, sys
manifest = json.load(open(sys.argv[1]))
assert manifest["mediaType"] == sys.argv[3], manifest["mediaType"]
assert {layer["mediaType"] for layer in manifest["layers"]} == {sys.argv[2]}
docker = "docker" in sys.argv[3]
assert manifest["config"]["mediaType"] == ("application/vnd.docker.container.image.v1+json" if docker else
                                           "application/vnd.oci.image.config.v1+json")
assert not (docker and "annotations" in manifest)
PYTHON
  # skopeo: the very bytes, from registry to directory and from there to another repository.
  skopeo copy -q $plain --src-tls-verify=false --preserve-digests "docker://$image" "dir:$dir/dir-$kind" 2>"$dir/err" ||
    skopeo copy -q --src-tls-verify=false --preserve-digests "docker://$image" "dir:$dir/dir-$kind"
  cmp "$dir/manifest.json" "$dir/dir-$kind/manifest.json" || fail "$kind: skopeo has another manifest"
  (cd "$dir/dir-$kind" && for file in [0-9a-f]*; do
    case $file in *.json) ;; *) echo "$file  $file" ;; esac
  done | sha256sum -c --quiet -) || fail "$kind: a blob is not what its name says"
  skopeo copy -q --dest-tls-verify=false --preserve-digests "dir:$dir/dir-$kind" "docker://$registry/again/$kind:1"
  same "$(digest_at "$registry/again/$kind:1")" "$digest" "$kind: the image that skopeo passed on"

  # buildah and podman: the same tree, and a command that runs.
  engine buildah pull -q $plain "$image" >"$dir/out" 2>"$dir/err" || fail "$kind: buildah cannot pull it"
  container=$(engine buildah from --pull-never "$image" 2>"$dir/err") || fail "$kind: buildah cannot use it"
  listing "$dir/tree-$kind" >"$dir/wanted"
  listing "$(engine buildah mount "$container")" >"$dir/seen"
  cmp "$dir/wanted" "$dir/seen" || fail "$kind: buildah unpacks another tree: $(diff "$dir/wanted" "$dir/seen" | head -n 20)"
  engine buildah rm "$container" >"$dir/out"
  same "$(engine buildah inspect --type image --format '{{.FromImageDigest}}' "$image")" "$digest" "$kind: buildah's digest"
  engine buildah rmi -a -f >"$dir/out" 2>&1
  podman_ pull -q $plain "$image" >"$dir/out" 2>"$dir/err" || fail "$kind: podman cannot pull it"
  listing "$(podman_ image mount "$image")" >"$dir/seen"
  cmp "$dir/wanted" "$dir/seen" || fail "$kind: podman unpacks another tree: $(diff "$dir/wanted" "$dir/seen" | head -n 20)"
  podman_ image umount "$image" >"$dir/out"
  same "$(podman_ image inspect --format '{{.Digest}}' "$image")" "$digest" "$kind: podman's digest"
  same "$(podman_ run --rm --network none --ulimit nofile=10000:10000 --ulimit nproc=1000:1000 "$image" 2>"$dir/err")" \
    text "$kind: what podman run printed"
  podman_ rmi -a -f >"$dir/out" 2>&1
done

# Indexes: of both kinds, and all of what they name. No step runs for the other platform.
for kind in oci docker; do
  form "index-$kind" "format = '$kind'" "'linux/amd64', 'linux/arm64'"
  sed -i "s/^  from = base,/  from = image.scratch(),/; /^  steps = {/,/^  },/d; s/'cat', .*/'\/arch' },/" Buildfile.lua
  build web --push --metadata-file "$dir/metadata.json"
  image=$registry/index-$kind/web:latest
  digest=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["web"]["containerimage.digest"])' "$dir/metadata.json")
  skopeo inspect --raw $plain "docker://$image" >"$dir/index.json"
  same "sha256:$(sha256sum <"$dir/index.json" | cut -d' ' -f1)" "$digest" "the bytes of the index ($kind)"
  case $kind in docker) type=$docker.distribution.manifest.list.v2+json ;; *) type=$oci.index.v1+json ;; esac
  grep -q "\"mediaType\":\"$type\"" "$dir/index.json" || fail "not an index of $kind: $(cat "$dir/index.json")"
  ! grep -q "$([ $kind = docker ] && echo vnd.oci || echo vnd.docker)" "$dir/index.json" || fail "types of both kinds in an index"
  skopeo copy -q --all --src-tls-verify=false --dest-tls-verify=false --preserve-digests "docker://$image" \
    "docker://$registry/again/index-$kind:1" || fail "skopeo cannot copy the index of $kind"
  same "$(skopeo inspect --raw $plain "docker://$registry/again/index-$kind:1" | sha256sum)" \
    "$(sha256sum <"$dir/index.json")" "the index that skopeo passed on ($kind)"
  for arch in amd64 arm64; do
    for program in buildah podman; do
      engine "$program" pull -q $plain --arch "$arch" "$image" >"$dir/out" 2>"$dir/err" || fail "$program cannot pull $arch of $kind"
      container=$(engine buildah from --pull-never --arch "$arch" "$image" 2>"$dir/err")
      same "$(cat "$(engine buildah mount "$container")/arch")" "$arch" "the file of $arch that $program has ($kind)"
      engine buildah rm "$container" >"$dir/out"
      engine buildah rmi -a -f >"$dir/out" 2>&1
    done
  done
done

# Now the other way round: a tree that buildah made, pushed in all forms by all three.
mkdir -p "$dir/theirs"
cd "$dir/theirs"
container=$(engine buildah from scratch)
engine buildah copy -q "$container" "$dir/tree-gzip" / >"$dir/out"
engine buildah config --cmd /bin/true --env FROM=them "$container"
listing "$(engine buildah mount "$container")" >"$dir/wanted"
for format in oci docker; do
  engine buildah commit -q --format "$format" "$container" "localhost/theirs:$format" >"$dir/out" 2>"$dir/err" || fail "buildah commit"
  for program in buildah podman; do
    for compression in gzip zstd; do
      [ "$format-$compression" != docker-zstd ] || continue # there are no such types
      kind=$format at=$registry
      [ $format != docker ] || kind=v2s2
      [ $compression != zstd ] || at=localhost:${registry##*:} # where they know of no blobs with gzip to be reused
      engine "$program" push -q $plain --format "$kind" --compression-format "$compression" "localhost/theirs:$format" \
        "docker://$at/theirs:$program-$format-$compression" >"$dir/out" 2>"$dir/err" || fail "$program push of $format, $compression"
    done
  done
done
skopeo copy -q --src-tls-verify=false --dest-tls-verify=false --format v2s2 "docker://$registry/theirs:buildah-oci-gzip" \
  "docker://$registry/theirs:skopeo-docker-gzip"
skopeo copy -q --src-tls-verify=false --dest-tls-verify=false --format oci "docker://$registry/theirs:buildah-docker-gzip" \
  "docker://$registry/theirs:skopeo-oci-gzip"
# Indexes, whose second entry is for another machine.
engine buildah config --arch "$other" "$container"
engine buildah commit -q "$container" localhost/theirs:other >"$dir/out" 2>"$dir/err" || fail 'buildah commit for another machine'
for program in buildah podman; do
  for format in oci v2s2; do
    engine "$program" manifest create "list-$program-$format" >"$dir/out"
    engine "$program" manifest add "list-$program-$format" containers-storage:localhost/theirs:oci >"$dir/out" 2>"$dir/err" || fail "$program manifest add"
    engine "$program" manifest add "list-$program-$format" containers-storage:localhost/theirs:other >"$dir/out" 2>"$dir/err" || fail "$program manifest add"
    engine "$program" manifest push -q --all $plain --format "$format" "list-$program-$format" \
      "docker://$registry/theirs:$program-$format-index" >"$dir/out" 2>"$dir/err" || fail "$program manifest push as $format"
  done
done
engine buildah rm "$container" >"$dir/out"

types=
for tag in $(skopeo list-tags $plain "docker://$registry/theirs" | grep -oE '(buildah|podman|skopeo)-[a-z0-9-]+'); do
  echo "service 'app' { from = '$registry/theirs:$tag' }" >Buildfile.lua
  TIERBUILD_STORE="$dir/store-$tag" build app -o "type=local,dest=$dir/got-$tag"
  listing "$dir/got-$tag" >"$dir/seen"
  cmp "$dir/wanted" "$dir/seen" || fail "$tag: another tree: $(diff "$dir/wanted" "$dir/seen" | head -n 20)"
  grep -q '"FROM=them"' "$dir/store-$tag"/blobs/sha256/* || fail "$tag: the config is not the one that was pushed"
  skopeo inspect --raw $plain "docker://$registry/theirs:$tag" >"$dir/raw"
  cmp "$dir/raw" "$dir/store-$tag/blobs/sha256/$(sha256sum <"$dir/raw" | cut -d' ' -f1)" || fail "$tag: the store has other bytes"
  "$TIERBUILD" verify --store "$dir/store-$tag" >"$dir/out" 2>&1 || fail "$tag: the store is not sound"
  types="$types $(grep -ohE 'application/vnd[a-z0-9.+]*' "$dir/raw" | sort -u | tr '\n' ' ')"
done
# All kinds were really there.
for type in $oci.index.v1+json $oci.layer.v1.tar+gzip $oci.layer.v1.tar+zstd $docker.distribution.manifest.list.v2+json \
  $docker.image.rootfs.diff.tar.gzip; do
  case $types in *"$type"*) ;; *) fail "no image of theirs had the type $type:$types" ;; esac
done
