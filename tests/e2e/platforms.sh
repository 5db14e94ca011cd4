#!/bin/sh
# What is pushed is built for all declared platforms, in one run, and becomes an index; machines may share one.
. "$(dirname "$0")/lib.sh"
needs skopeo python3
case $(uname -m) in
  x86_64) host=amd64 other=arm64 ;;
  aarch64) host=arm64 other=amd64 ;;
  *) skip "knows amd64 and arm64, not $(uname -m)" ;;
esac
start_registry

# Nothing of `files` runs, so that no host needs an emulator for it.
workspace <<LUA
registry '$registry/acme' { }
platforms { 'linux/amd64', 'linux/arm64' }
service 'files' {
  from = image.scratch(), cmd = { '/data/both' },
  copy = { { 'both', to = '/data/' }, { by_arch { amd64 = 'for-amd64', arm64 = 'for-arm64' }, to = '/data/arch' } },
}
service 'one' { from = image.scratch(), copy = { { 'both', to = '/data/' } }, platforms = { 'linux/$host' } }
LUA
echo both >both
echo amd64 >for-amd64
echo arm64 >for-arm64

# What stays here is for this machine.
build files
same "$(ran)" 'base/scratch service:files/copy service:files/copy-2' 'steps for this machine'
"$TIERBUILD" inspect files --json >"$dir/one.json"
grep -q "\"platform\": \"linux/$host\"" "$dir/one.json" || fail 'build made an image for another platform'

# A push is for all; steps without a platform run once for both.
build --push files one --metadata-file "$dir/metadata.json"
python3 - "$dir/metadata.json" "$dir/err" "$host" "$other" <<'PYTHON'
import json, sys
metadata = json.load(open(sys.argv[1]))
files, one = metadata["files"], metadata["one"]
host, other = sys.argv[3:]
assert files["containerimage.descriptor"]["mediaType"] == "application/vnd.oci.image.index.v1+json", files
assert files["containerimage.digest"] == files["containerimage.descriptor"]["digest"]
assert {f"containerimage.digest/linux/{host}", f"containerimage.digest/linux/{other}"} <= set(files), files
assert "manifest.v1" in one["containerimage.descriptor"]["mediaType"], one
ran = [json.loads(l) for l in open(sys.argv[2]) if '"step_finished"' in l]
ran = [e["step"] for e in ran if e["outcome"] == "ran"]
assert not any("copy" in step and host in step for step in ran), ran
PYTHON
fails_with 0 "service:files \(linux/$other\)" "$TIERBUILD" build files --platform all
prints 'index of 2 platforms'
fails_with 0 "\"platform\": \"linux/$other\"" "$TIERBUILD" plan --push files --json
fails_with 0 'push service:files as .*/acme/files:latest for linux/amd64, linux/arm64' "$TIERBUILD" plan --push files
fails_with 2 'are for images that are pushed' "$TIERBUILD" build files --sbom
fails_with 2 'takes one platform here' "$TIERBUILD" run files --platform linux/amd64,linux/arm64

# Others take the index whole; each image has its own files.
skopeo inspect --raw --tls-verify=false "docker://$registry/acme/files:latest" >"$dir/index.json"
pushed=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["files"]["containerimage.digest"])' "$dir/metadata.json")
same "sha256:$(sha256sum <"$dir/index.json" | cut -d' ' -f1)" "$pushed" 'the digest of the index'
skopeo copy --all --src-tls-verify=false "docker://$registry/acme/files:latest" "dir:$dir/all" >"$dir/out" 2>&1 ||
  fail 'skopeo cannot copy the index'
for arch in amd64 arm64; do
  skopeo inspect --tls-verify=false --override-arch "$arch" "docker://$registry/acme/files:latest" >"$dir/seen.json"
  same "$(json_get "$dir/seen.json" Architecture)" "$arch" 'the architecture'
  "$TIERBUILD" build -q files --platform "linux/$arch" -o "$dir/tree-$arch" >"$dir/out" 2>&1 || fail "no tree for $arch"
  same "$(cat "$dir/tree-$arch/data/arch")" "$arch" 'the file of the architecture'
  fails_with 0 "linux/$arch +sha256" "$TIERBUILD" inspect "$registry/acme/files:latest" --remote --platform "linux/$arch"
  prints "^platform +linux/$arch"
done

# A second push finds the index where it is.
build --push files
sent() { grep -Ec 'http.request.method=(POST|PATCH|PUT)' "$dir/registry/log" || true; }
before=$(sent)
build --push files
same "$(sent)" "$before" 'requests that change the registry, after a push of what is there'

# Native machines push their own platforms under one tag, in any order, at the same time.
for arch in amd64 arm64; do
  TIERBUILD_STORE="$dir/store-$arch" "$TIERBUILD" push files --merge --platform "linux/$arch" -t "$registry/acme/merged:1" \
    >"$dir/out-$arch" 2>"$dir/err-$arch" &
  eval "pid_$arch=\$!"
done
# shellcheck disable=SC2154
wait "$pid_amd64" || fail "the push for amd64 failed: $(cat "$dir/err-amd64")"
# shellcheck disable=SC2154
wait "$pid_arm64" || fail "the push for arm64 failed: $(cat "$dir/err-arm64")"
skopeo inspect --raw --tls-verify=false "docker://$registry/acme/merged:1" >"$dir/merged.json"
same "$(sha256sum <"$dir/merged.json")" "$(sha256sum <"$dir/index.json")" 'the index of two machines, and of one'
# What is not declared for a machine is none of its business.
fails_with 0 'no selected target is declared for' "$TIERBUILD" push one --merge --platform "linux/$other" --progress=quiet
skopeo inspect --raw --tls-verify=false "docker://$registry/acme/one:latest" >"$dir/one.json"
! grep -q "$other" "$dir/one.json" || fail 'a machine pushed what is not declared for it'
# A tag that was a plain image becomes an index with it.
"$TIERBUILD" push files --platform linux/amd64 -t "$registry/acme/merged:2" >"$dir/out" 2>&1 || fail 'push for amd64'
"$TIERBUILD" push files --platform linux/arm64 -t "$registry/acme/merged:2" --merge >"$dir/out" 2>&1 || fail 'merge of arm64'
skopeo inspect --raw --tls-verify=false "docker://$registry/acme/merged:2" >"$dir/merged.json"
same "$(sha256sum <"$dir/merged.json")" "$(sha256sum <"$dir/index.json")" 'the index that began as an image'

# A step for a platform that the host cannot run stops the build before anything runs.
workspace foreign <<LUA
local base = require 'base'
registry '$registry/acme' { }
service 'web' { from = base, steps = { run { 'uname', '-m' } } }
LUA
fails_with 4 'cannot run programs for linux/wasm' "$TIERBUILD" build web --platform "linux/$host,linux/wasm" --progress=json
prints 'apt install qemu-user-static binfmt-support'
! grep -q step_started "$dir/out" || fail 'a step ran all the same'
