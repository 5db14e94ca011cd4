#!/bin/sh
# What people get wrong, and what they read then.
. "$(dirname "$0")/lib.sh"
tb() { "$TIERBUILD" "$@"; }

mkdir -p "$dir/ws/services/discord"
workspace <<'LUA'
include 'services/*/Buildfile.lua'
LUA
cat >services/discord/Buildfile.lua <<'LUA'
local port = 8001
service 'discord' {
  from = 'python:3.12',
  doc  = 'Chat',
  helthcheck = health.http { port = port },
}
LUA
fails_with 2 "^error" tb build
cat >"$dir/expected" <<'GOLDEN'
error[E012]: unknown field 'helthcheck' in service 'discord' (did you mean 'healthcheck'?)
  --> services/discord/Buildfile.lua:5:3
 5 |   helthcheck = health.http { port = port },
   |   ^^^^^^^^^^
GOLDEN
diff "$dir/expected" "$dir/out" || fail 'the text of the error is another one'

# wrong PATTERN: a Buildfile, from standard input, that is refused.
wrong() {
  workspace
  fails_with 2 "$1" tb build
  prints 'Buildfile\.lua:[0-9]+:[0-9]+'
}
wrong "undeclared name 'servce'.*did you mean 'service'" <<'LUA'
servce 'a' { from = image.scratch() }
LUA
wrong "pythn-base.*did you mean '(tier:)?python-base'|did you mean '(tier:)?python-base'" <<'LUA'
tier 'python-base' { from = image.scratch() }
service 'a' { from = 'tier:pythn-base' }
LUA
wrong 'stands on itself|cycle' <<'LUA'
tier 'a' { from = 'tier:b' }
tier 'b' { from = 'tier:a' }
LUA
wrong "'a'.*(twice|already|before)" <<'LUA'
service 'a' { from = image.scratch() }
service 'a' { from = image.scratch() }
LUA

workspace <<'LUA'
service 'a' { from = image.scratch(), copy = { { 'missing.txt', to = '/x' } } }
LUA
fails_with 2 "no file or directory 'missing.txt'" tb build
prints 'Buildfile\.lua:1'

workspace <<'LUA'
service 'a' { from = image.scratch() }
LUA
fails_with 2 "'?--frobnicate" tb build --frobnicate
fails_with 2 "no verb 'biuld' \\(did you mean 'build'\\?\\)" tb biuld
fails_with 2 "'b'" tb build b
fails_with 2 'not-a-number' tb build -j not-a-number

# The line that an error points at is shown wherever in the workspace the program is started.
workspace <<'LUA'
service 'a' { from = image.scratch(), helthcheck = {} }
LUA
mkdir -p deep/below
cd deep/below
fails_with 2 "unknown field 'helthcheck'" tb build
prints "1 \\| service 'a' \\{ from = image.scratch\\(\\), helthcheck"
