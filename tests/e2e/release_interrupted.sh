#!/bin/sh
# A push of a release of ten images is interrupted at random points, with SIGINT and kill -9. See release_interrupted.py.
# RELEASE_POINTS sets how many; RELEASE_SEED repeats a run.
. "$(dirname "$0")/lib.sh"
needs python3
start_registry

for side in a b; do
  workspace $side <<LUA
registry '$registry/acme' { insecure = true }
for i = 0, 9 do
  service('s' .. i) { from = image.scratch(), copy = { { 'text', to = '/text' .. i } } }
end
LUA
  echo "text of $side" >text
done
python3 "$tests/release_interrupted.py" "$registry" "$dir/a" "$dir/b"
