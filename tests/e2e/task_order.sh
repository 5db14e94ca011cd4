#!/bin/sh
# What a task needs runs before it, each once; a failure ends the chain with status 1.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
task 'first' { run = { 'echo', 'first' } }
task 'left'  { needs = { 'first' }, run = { 'echo', 'left' } }
task 'right' { needs = { 'first' }, run = { { 'echo', 'right' }, { 'echo', 'right again' } } }
task 'both'  { needs = { 'left', 'right' }, run = { 'echo', 'both' } }
task 'fails' { needs = { 'first' }, run = { { 'sh', '-c', 'exit 9' }, { 'echo', 'never' } } }
task 'after' { needs = { 'fails' }, run = { 'echo', 'never' } }
task 'lost'  { run = { 'no-such-program' } }
LUA
said() { "$TIERBUILD" "$@" 2>"$dir/err" | tr '\n' ';'; }
same "$(said both)" 'first;left;right;right again;both;' 'the order'
same "$(said both -n)" "echo first;echo left;echo right;echo 'right again';echo both;" 'what -n prints'

fails_with 1 "task 'fails' failed: .*exit status 9" "$TIERBUILD" after
prints 'Buildfile.lua:5'
! grep -qx never "$dir/out" || fail 'a command ran after a failure'
fails_with 4 "'no-such-program'" "$TIERBUILD" lost

workspace circle <<'LUA'
task 'a' { needs = { 'b' }, run = { 'true' } }
task 'b' { needs = { 'a' }, run = { 'true' } }
LUA
fails_with 2 "'a'.*'b'|'b'.*'a'|a → b|b → a" "$TIERBUILD" a
workspace missing <<'LUA'
task 'test' { needs = { 'tset' }, run = { 'true' } }
LUA
fails_with 2 "'tset'.*did you mean 'test'|'tset'" "$TIERBUILD" test

# A task runs where its Buildfile is, from wherever it is called.
workspace deep <<'LUA'
task 'where' { run = { 'pwd' } }
LUA
mkdir sub && cd sub
same "$("$TIERBUILD" where)" "$dir/deep" 'the directory of a task'
