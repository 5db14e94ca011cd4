#!/bin/sh
# `image` runs a task's commands inside an image of the Buildfile, on the workspace.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
local tools = tier 'tools' { from = base, steps = { sh { 'echo from the image > /marker' } } }
task 'inside' { image = tools, env = { WORD = 'given' }, run = { 'sh', '-c', 'cat /marker; echo "$WORD"; pwd; cat Buildfile.lua | wc -l; echo made > made; echo "$@"', 'sh', ARGV } }
task 'fails'  { image = tools, run = { 'sh', '-c', 'exit 5' } }
task 'lost'   { image = tools, run = { 'not-in-the-image' } }
LUA
seen=$("$TIERBUILD" inside -q -- one 'two three' 2>"$dir/err" | tr '\n' ';')
same "$seen" "from the image;given;$dir/ws;5;one two three;" 'what ran inside'
same "$(cat made)" made 'a file that it wrote into the workspace'
fails_with 1 'exit status 5' "$TIERBUILD" fails
fails_with 1 'not-in-the-image' "$TIERBUILD" lost
same "$(find "$TIERBUILD_STORE/tmp" -mindepth 2 | wc -l)" 0 'files left in the scratch directory of the store'
