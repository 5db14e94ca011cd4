#!/bin/sh
# Random edits of a generated monorepo (random_edits.py), each checked against a build from nothing: never a stale image,
# never a needless step, and `changed` agrees. TIERBUILD_EDITS sets how many there are in all; the seeds are fixed.
. "$(dirname "$0")/lib.sh"
needs python3 git

edits=${TIERBUILD_EDITS:-500}
for seed in 1 2 3 4; do
  mkdir "$dir/$seed"
  cp /bin/busybox "$dir/$seed/busybox"
  base_tier >"$dir/$seed/base.lua"
  python3 "$tests/random_edits.py" "$seed" "$((edits / 4))" "$dir/$seed" || fail "seed $seed"
done
