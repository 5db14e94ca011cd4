#!/bin/sh
# `probe` starts the image and runs its healthcheck inside until it is healthy, or gives up. Which program checks is
# chosen from those that the image really has.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
local bare = tier 'bare' { from = image.scratch(), copy = { { 'busybox', to = '/bin/only' } } }
local function serve(delay)
  return { 'sh', '-c', 'sleep ' .. delay .. '; mkdir -p /www; echo ok > /www/health; exec httpd -f -p 8000 -h /www' }
end
service 'web' { from = base, cmd = serve '1',
  healthcheck = health.http { port = 8000, path = '/health', interval = '5s', retries = 2 } }
service 'wrong' { from = base, cmd = serve '0',
  healthcheck = health.http { port = 8000, path = '/missing', interval = '1s', retries = 2 } }
service 'slow' { from = base, cmd = serve '0', healthcheck = health.cmd { 'sleep', '60', interval = '1s', timeout = '1s', retries = 1 } }
service 'job' { from = base, cmd = { 'sh', '-c', 'echo from the job; exit 3' }, healthcheck = health.cmd { 'false', interval = '30s' } }
service 'none' { from = base, cmd = serve '0' }
service 'off' { from = base, cmd = serve '0', healthcheck = health.none() }
service 'missing' { from = base, cmd = serve '0', healthcheck = health.cmd { 'no-such-program', interval = '1s', retries = 1 } }
service 'process' { from = base, cmd = { 'sleep', '600' }, healthcheck = health.process { 'sleep 600', interval = '1s' } }
service 'user' { from = base, user = { 'app', uid = 1000 }, env = { WHERE = 'here' }, workdir = '/tmp', cmd = { 'sleep', '600' },
  healthcheck = { 'sh', '-c', 'test "$(id -u) $WHERE $(pwd)" = "1000 here /tmp"', interval = '1s' } }
service 'blind' { from = bare, cmd = { '/bin/only' }, healthcheck = health.http { port = 8000 } }
LUA
fails_with 0 '^service:web is healthy' "$TIERBUILD" probe web
fails_with 0 '^service:process is healthy' "$TIERBUILD" probe process
fails_with 0 '^service:user is healthy' "$TIERBUILD" probe user

fails_with 1 'service:wrong is not healthy: the last of [0-9]+ checks ended with exit status 1' "$TIERBUILD" probe wrong
prints 'check \| .*404'
fails_with 1 'took too long' "$TIERBUILD" probe slow
fails_with 1 'the command of service:job ended with exit status 3 before it was healthy' "$TIERBUILD" probe job
prints 'from the job'
fails_with 1 "the healthcheck of service:missing cannot be run: .*no-such-program" "$TIERBUILD" probe missing
fails_with 2 'the image has no healthcheck' "$TIERBUILD" probe none
fails_with 2 'the image has no healthcheck' "$TIERBUILD" probe off
same "$(find "$TIERBUILD_STORE/tmp" -mindepth 2 | wc -l)" 0 'files left in the store'

# The check that the config names is made by a program of the image, without a shell.
"$TIERBUILD" inspect --json web | tr -d ' \n' | grep -q '"Test":\["CMD","wget",' || fail 'wget, which the image has, is not what checks'
fails_with 1 'none of the programs that its healthcheck can use: curl, wget, python3' "$TIERBUILD" build blind
prints 'Buildfile.lua'
prints 'service:blind'

# A second program of the image changes the choice, although no declaration changed.
cat >>Buildfile.lua <<'LUA'
tier 'more' { from = require 'base', copy = { { 'busybox', to = '/usr/bin/curl' } } }
service 'curled' { from = 'more', cmd = { 'true' }, healthcheck = health.http { port = 8000 } }
LUA
build curled
"$TIERBUILD" inspect --json curled | tr -d ' \n' | grep -q '"Test":\["CMD","curl",' || fail 'curl is not what checks'
