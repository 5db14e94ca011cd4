#!/bin/sh
# `shell` opens a shell in the built image, past its entrypoint.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'web' { from = base, workdir = '/srv', env = { GREETING = 'hi' }, entrypoint = { '/bin/false' } }
service 'bare' { from = image.scratch(), copy = { { 'busybox', to = '/only' } }, cmd = { '/only' } }
LUA
# shellcheck disable=SC2016
same "$(echo 'echo $GREETING; pwd' | "$TIERBUILD" shell -q web 2>"$dir/err" | tr '\n' ' ')" 'hi /srv ' 'commands of standard input'
same "$("$TIERBUILD" shell -q web -- -c 'echo line' 2>"$dir/err")" line 'a line of shell'
fails_with 1 "'/bin/sh' is not in the image" "$TIERBUILD" shell -q bare
