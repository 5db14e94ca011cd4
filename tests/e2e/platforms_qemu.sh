#!/bin/sh
# An arm64 image is built on another machine through qemu, and pushed with the native one as an index.
. "$(dirname "$0")/lib.sh"
needs skopeo mmdebstrap curl dpkg-query qemu-aarch64-static
[ "$(uname -m)" = x86_64 ] || skip 'is written for amd64'
curl -sS -f -m 20 -o "$dir/answer" http://deb.debian.org/debian/dists/bookworm/InRelease 2>"$dir/err" ||
  skip "the Debian mirror cannot be reached: $(cat "$dir/err")"

# The handler that the package binfmt-support would register, if none is there.
handlers=/proc/sys/fs/binfmt_misc
undo() {
  status=$?
  [ -z "${registered-}" ] || echo -1 >"$handlers/qemu-aarch64"
  [ -z "${mounted-}" ] || umount "$handlers" || true
  cleanup "$status"
}
trap undo EXIT
if [ ! -e "$handlers/register" ]; then
  mount -t binfmt_misc none "$handlers" 2>"$dir/err" || skip "binfmt_misc cannot be mounted: $(cat "$dir/err")"
  mounted=1
fi
if [ ! -e "$handlers/qemu-aarch64" ]; then
  magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
  mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
  printf '%s' ":qemu-aarch64:M::$magic:$mask:$(command -v qemu-aarch64-static):F" >"$handlers/register" 2>"$dir/err" ||
    skip "no handler can be registered: $(cat "$dir/err")"
  registered=1
fi
grep -q '^flags:.*F' "$handlers/qemu-aarch64" || skip 'the handler of this host lacks the flag F'
start_registry

workspace <<LUA
local base = require 'base'
registry '$registry/acme' { }
platforms { 'linux/amd64', 'linux/arm64' }
service 'web' {
  from = by_arch { amd64 = base, arm64 = image.debian { suite = 'bookworm' } },
  steps = { run { '/bin/sh', '-c', 'uname -m | tee /machine' } },
  cmd = { 'cat', '/machine' },
}
LUA
build web --push
grep -q '"line":"aarch64"' "$dir/err" || fail 'no step has seen an aarch64 machine'
grep -q '"line":"x86_64"' "$dir/err" || fail 'no step has seen an x86_64 machine'

skopeo inspect --raw --tls-verify=false "docker://$registry/acme/web:latest" >"$dir/index.json" || fail 'no index'
grep -q '"architecture":"arm64"' "$dir/index.json" || fail "the index lacks arm64: $(cat "$dir/index.json")"
grep -q '"architecture":"amd64"' "$dir/index.json" || fail "the index lacks amd64: $(cat "$dir/index.json")"
skopeo copy --all --src-tls-verify=false "docker://$registry/acme/web:latest" "oci:$dir/copied:latest" >"$dir/out" 2>&1 ||
  fail 'skopeo cannot copy the index'
"$TIERBUILD" build -q web --platform linux/arm64 -o "$dir/tree" >"$dir/out" 2>&1 || fail 'no tree'
same "$(cat "$dir/tree/machine")" aarch64 'what the step wrote'
same "$(dpkg-query --admindir="$dir/tree/var/lib/dpkg" -W -f '${Architecture}' bash)" arm64 'the architecture of bash'

# `run` takes this machine's image.
fails_with 0 "^$(uname -m)$" "$TIERBUILD" run -q web

# Without the handler nothing of it runs again, but what is there is still pushed.
if [ -n "${registered-}" ]; then
  echo -1 >"$handlers/qemu-aarch64"
  registered=
  build web --push -t "$registry/acme/again:1"
  sed -i 's/tee \/machine/tee \/other/' Buildfile.lua
  fails_with 4 'cannot run programs for linux/arm64' "$TIERBUILD" push web
  prints 'apt install qemu-user-static binfmt-support'
fi
