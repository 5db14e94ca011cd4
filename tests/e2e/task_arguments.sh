#!/bin/sh
# A task's arguments: defaults, required ones, types and choices, words in order, ARGV after `--`.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
task 'show' {
  doc  = 'Prints its arguments',
  args = { a_name = t.string, count = t.int:opt(3), fast = t.bool:opt(false), port = t.port:opt(80), where = t.enum { 'here', 'there' }:opt 'here' },
  run  = { 'printf', '%s\n', '{a_name}', 'count={count} {other}', '{fast}', '{port}', '{where}', ARGV },
}
task 'plain' { run = { 'true' } }
LUA
show() { "$TIERBUILD" show "$@" 2>"$dir/err" | tr '\n' ';'; }
same "$(show --a-name x)" 'x;count=3 {other};false;80;here;' 'the defaults'
same "$(show --a_name=x --count 7 --fast --where there --port 81)" 'x;count=7 {other};true;81;there;' 'flags'
same "$(show --a-name x -- 'one word' --two '*')" 'x;count=3 {other};false;80;here;one word;--two;*;' 'words after --'
same "$(show 'a b')" 'a b;count=3 {other};false;80;here;' 'a word without a flag'
same "$(show '{count}')" '{count};count=3 {other};false;80;here;' 'a value that looks like an argument'

fails_with 2 "task 'show' needs --a-name" "$TIERBUILD" show
prints 'usage: tierbuild show --a-name STRING .*\[--where here\|there\].*\[-- …\]'
fails_with 2 "'count' .*whole number.*'many'" "$TIERBUILD" show x --count many
fails_with 2 "'port' .*1 to 65535.*'70000'" "$TIERBUILD" show x --port 70000
fails_with 2 "'elsewhere'" "$TIERBUILD" show x --where elsewhere
prints 'here, there'
fails_with 2 "no flag '--wehre'" "$TIERBUILD" show x --wehre there
fails_with 2 "'extra'" "$TIERBUILD" plain extra

fails_with 0 '^Prints its arguments' "$TIERBUILD" show --help
prints 'where here\|there +\(default here\)'
prints 'a-name.* STRING +\(required\)'
fails_with 0 '^show .*Prints its arguments' "$TIERBUILD" tasks
cp "$dir/out" "$dir/tasks"
"$TIERBUILD" --list >"$dir/list"
cmp "$dir/tasks" "$dir/list" || fail '--list and tasks differ'
fails_with 0 '"name": "show"' "$TIERBUILD" tasks --json
prints '"where": "Buildfile.lua:1:1"'
