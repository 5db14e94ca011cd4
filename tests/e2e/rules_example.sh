#!/bin/sh
# A team tests its own rules with a task: the printed plan of a fixture against the one that was reviewed.
. "$(dirname "$0")/lib.sh"

cp -r "$tests/../../examples/rules" "$dir/rules"
cd "$dir/rules"
fails_with 0 'web: as planned' "$TIERBUILD" test-rules
[ ! -d "$TIERBUILD_STORE/blobs/sha256" ] || same "$(find "$TIERBUILD_STORE/blobs/sha256" -type f | wc -l)" 0 'blobs that the test made'

# A change of a rule is seen, shown, and accepted.
sed -i 's/port or 8000/port or 9000/' build/rules.lua
fails_with 1 'web: not as planned' "$TIERBUILD" test-rules
prints '^\+.*9000'
"$TIERBUILD" test-rules -- --accept >"$dir/out" 2>&1
fails_with 0 'web: as planned' "$TIERBUILD" test-rules
# A parameter of the wrong type is told where the service is declared.
sed -i 's/port = 8080/port = 0/' services/api/Buildfile.lua
fails_with 2 'services/api/Buildfile.lua:2|build/rules.lua' "$TIERBUILD" plan
