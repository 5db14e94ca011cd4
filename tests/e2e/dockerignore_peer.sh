#!/bin/sh
# Generated .dockerignore files leave the same paths of a context as BuildKit; see dockerignore_peer.py.
. "$(dirname "$0")/lib.sh"
. "$tests/peer/lib.sh"
start_peer
python3 -B "$tests/dockerignore_peer.py" "$peer_work" "${TIERBUILD_IGNORE_FILES:-100}" 1 || fail 'they differ'
stop_peer
