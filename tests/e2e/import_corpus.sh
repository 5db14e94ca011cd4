#!/bin/sh
# What `import` makes of the corpus of Dockerfiles builds what they build: the same tree and config.
. "$(dirname "$0")/lib.sh"
. "$tests/peer/lib.sh"
start_registry
push_bases
# shellcheck disable=SC2086
python3 -B "$tests/import_corpus.py" "$dir/corpus" "$registry" ${TIERBUILD_CASES-} || fail 'they differ'
