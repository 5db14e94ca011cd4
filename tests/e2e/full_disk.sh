#!/bin/sh
# A full disk: the error says so, prune works with no byte free, and with space the build goes on.
[ -n "${PRIVATE_MOUNTS-}" ] || exec env PRIVATE_MOUNTS=1 unshare -m sh "$0"
. "$(dirname "$0")/lib.sh"

disk=$dir/disk
mkdir "$disk"
mount -t tmpfs -o size=12m disk "$disk" || skip 'a tmpfs cannot be mounted here'
trap 'status=$?; cd /; umount -l "$disk"; cleanup "$status"' EXIT
TIERBUILD_STORE=$disk/store

workspace <<'LUA'
local base = require 'base'
service 'small' { from = base, copy = { { 'small', to = '/small' } } }
service 'copy' { from = base, copy = { { 'large', to = '/large' } } }
service 'step' { from = base, steps = { sh { 'head -c 20000000 /dev/urandom >/large' } } }
LUA
echo small >small
head -c 20000000 /dev/urandom >large

build small
digest=$(digest_of small)
fails_with 1 'No space left on device' "$TIERBUILD" build copy
prints 'prune|free'
fails_with 1 'disk of the store is full' "$TIERBUILD" build step
"$TIERBUILD" verify >"$dir/out" 2>&1 || fail 'the full disk damaged the store'
build small
same "$(ran)" '' 'steps that ran again'

# Not a byte is free.
head -c 20000000 /dev/zero >"$disk/fill" 2>/dev/null || true
"$TIERBUILD" prune --all >"$dir/out" 2>&1 || fail 'prune needs space'
prints 'freed [1-9]'
rm "$disk/fill"

mount -o remount,size=100m "$disk"
build
same "$(digest_of small)" "$digest" 'the image after all'
"$TIERBUILD" verify >"$dir/out" 2>&1 || fail 'the store is damaged'
