#!/bin/sh
# The corpus of Dockerfiles builds with tierbuild to what BuildKit makes of it: the same tree and config, or an error.
. "$(dirname "$0")/lib.sh"
. "$tests/peer/lib.sh"
start_registry
push_bases
start_peer
# shellcheck disable=SC2086
python3 -B "$tests/dockerfile_peer.py" "$peer_work" "$registry" ${TIERBUILD_CASES-} || fail 'they differ'
stop_peer
