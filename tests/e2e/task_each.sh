#!/bin/sh
# `each` runs a task for every target of a group; EACH.oci is a layout of the image.
. "$(dirname "$0")/lib.sh"
needs skopeo

workspace <<'LUA'
local base = require 'base'
service 'web' { from = base, env = { WHO = 'web' } }
service 'api' { from = base, env = { WHO = 'api' } }
service 'job' { from = base }
group 'servers' { 'web', 'api' }
task 'name' { each = 'servers', run = { 'echo', 'target', EACH } }
task 'scan' { each = 'servers', run = { 'sh', '-c', 'skopeo inspect --config "oci:$1" | grep -o "WHO=[a-z]*"', 'sh', EACH.oci } }
task 'stop' { each = 'servers', run = { 'sh', '-c', 'echo "$1"; exit 1', 'sh', EACH } }
LUA
said() { "$TIERBUILD" "$@" -q 2>"$dir/err" | sort | tr '\n' ';'; }
same "$(said name)" 'target api;target web;' 'a task for each of a group'
same "$(said scan)" 'WHO=api;WHO=web;' 'the images that a task saw'
fails_with 1 "task 'stop' failed" "$TIERBUILD" stop
same "$(grep -cxE 'web|api' "$dir/out")" 1 'targets that ran after the first had failed'

# The layouts are gone when the task has ended.
mkdir "$dir/tmp"
TMPDIR="$dir/tmp" "$TIERBUILD" scan -q >"$dir/out" 2>"$dir/err"
same "$(ls "$dir/tmp")" '' 'what a task left in TMPDIR'
