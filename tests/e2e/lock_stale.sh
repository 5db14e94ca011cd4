#!/bin/sh
# --locked and `lock --check` refuse a lock file that lacks something or holds too much, on any platform.
. "$(dirname "$0")/lib.sh"

digest=sha256:$(printf x | sha256sum | cut -d' ' -f1)
workspace <<'LUA'
platforms { 'linux/amd64', 'linux/arm64' }
service 'app' { from = by_arch { amd64 = 'example.invalid/one:1', arm64 = 'example.invalid/two:1' } }
LUA
lock() {
  : >tierbuild.lock
  for name; do echo "base $name $digest" >>tierbuild.lock; done
}

lock example.invalid/one:1 example.invalid/two:1
"$TIERBUILD" lock --check
fails_with 0 'example.invalid' "$TIERBUILD" plan --locked
fails_with 0 'up to date: 2 bases' "$TIERBUILD" lock

# What only another platform uses counts.
lock example.invalid/one:1
fails_with 2 "E051.*'example.invalid/two:1' is not in tierbuild.lock" "$TIERBUILD" plan --locked
prints 'Buildfile.lua:2:17'
prints 'tierbuild lock'
fails_with 2 'E051' "$TIERBUILD" build --locked
fails_with 2 'E051' "$TIERBUILD" push --locked
fails_with 2 'E051' env TIERBUILD_LOCKED=true "$TIERBUILD" plan
fails_with 0 'example.invalid' "$TIERBUILD" plan

lock example.invalid/one:1 example.invalid/two:1 example.invalid/three:1
fails_with 2 "E052.*nothing uses the base 'example.invalid/three:1'" "$TIERBUILD" lock --check
fails_with 0 'dropped .*three:1' "$TIERBUILD" lock
"$TIERBUILD" lock --check

printf 'base one:1\n' >>tierbuild.lock
fails_with 2 'E050' "$TIERBUILD" plan
prints 'tierbuild.lock:4:6'
printf '<<<<<<< ours\n' >tierbuild.lock
fails_with 2 'E050.*unresolved merge' "$TIERBUILD" lock
prints 'tierbuild.lock:1:1'
