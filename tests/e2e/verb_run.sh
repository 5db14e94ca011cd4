#!/bin/sh
# `run` starts the image as its config says, with the usual ways to change that.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'web' {
  from = base, workdir = '/srv', env = { GREETING = 'hi' }, entrypoint = { '/bin/echo', 'entry' }, cmd = { 'cmd' },
}
service 'bare' { from = base }
LUA
run() { "$TIERBUILD" run -q "$@" 2>"$dir/err" || fail "run $* ended with status $?"; }
same "$(run web)" 'entry cmd' 'the image as it is'
same "$(run web -- other words)" 'entry other words' 'another command'
same "$(run web --entrypoint sh -- -c 'echo $GREETING; pwd' | tr '\n' ' ')" 'hi /srv ' 'variables and directory'
same "$(run web --entrypoint sh -e GREETING=ho -w /tmp -u 65534 -- -c 'echo $GREETING; pwd; id -u' | tr '\n' ' ')" \
  'ho /tmp 65534 ' 'variables, directory and user of the command line'
same "$(FROM_HERE=here run web -e FROM_HERE --entrypoint sh -- -c 'echo $FROM_HERE')" here 'a variable from here'
mkdir shared
same "$(run bare -v "$dir/ws/shared:/mnt" -- sh -c 'echo made > /mnt/file; cat /mnt/file')" made 'a bind'
same "$(cat shared/file)" made 'what it wrote into the bind'
same "$(echo typed | run bare -- cat)" typed 'standard input'
run bare -- sh -c "echo waste >/waste"
same "$(run bare -- sh -c "[ -e /waste ] || echo clean")" clean "what an earlier run wrote"

fails_with 1 'service:bare ended with exit status 7' "$TIERBUILD" run bare -- sh -c 'exit 7'
fails_with 1 "'no-such' is not in the image" "$TIERBUILD" run bare -- no-such
fails_with 2 'neither an entrypoint nor a command' "$TIERBUILD" run bare
prints 'tierbuild run TARGET -- COMMAND'
fails_with 2 "'nowhere'" "$TIERBUILD" run nowhere
fails_with 2 '2 targets' "$TIERBUILD" run 'service:*'
fails_with 2 'SRC:/DST' "$TIERBUILD" run bare -v shared
