#!/bin/sh
# Escapes go to terminals only, and the last screen of a build is clean text.
. "$(dirname "$0")/lib.sh"
needs script

workspace <<'LUA'
local base = require 'base'
service 'web'  { from = base, steps = { sh { 'echo a line; sleep 0.5; echo another' } } }
service 'evil' { from = base, steps = { sh { [[printf '\033]0;title\007\033[2Jgone\n'; exit 1]] } } }
LUA
escape=$(printf '\033')
clean() { ! grep -q "$escape" "$@" || fail "escapes in $*: $(cat -v "$@" | grep '\^\[' | head -n 3)"; }

"$TIERBUILD" build web >"$dir/out" 2>"$dir/err"
clean "$dir/out" "$dir/err"
"$TIERBUILD" build evil >"$dir/out" 2>"$dir/err" && fail 'a failing step is a success'
clean "$dir/out" "$dir/err"
grep -q gone "$dir/err" || fail 'the output of the step is not shown'

# terminal COMMAND: runs it at a terminal of 80 columns; what the terminal got is in $dir/typed.
terminal() { TERM=xterm script -qec "stty cols 80 rows 24; $1" /dev/null >"$dir/typed" </dev/null || true; }
terminal "'$TIERBUILD' build --no-cache web"
grep -q "$escape" "$dir/typed" || fail 'a terminal gets no colours'
# The cursor is shown again, colours are off, and the line has ended.
same "$(tail -c 1 "$dir/typed" | od -An -c | tr -d ' ')" '\n' 'the last byte'
hidden=$(grep -o "$escape\[?25[lh]" "$dir/typed" | tail -n 1 || true)
[ "$hidden" != "${escape}[?25l" ] || fail 'the cursor stays hidden'
last=$(grep -o "$escape\[[0-9;]*m" "$dir/typed" | tail -n 1)
case $last in "${escape}[0m" | "${escape}[m") ;; *) fail "the last colour is not off: $(printf %s "$last" | cat -v)" ;; esac

terminal "'$TIERBUILD' build evil"
! grep -q "$escape\]0;\|$escape\[2Jgone" "$dir/typed" || fail "a step's escapes reach the terminal"
for setting in NO_COLOR=1 TERM=dumb; do
  terminal "env $setting '$TIERBUILD' build --no-cache web"
  ! grep -q "$escape\[[0-9;]*m" "$dir/typed" || fail "colours in spite of $setting"
done
terminal "env TERM=dumb '$TIERBUILD' build --no-cache web"
clean "$dir/typed"
