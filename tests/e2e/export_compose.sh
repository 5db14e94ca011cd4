#!/bin/sh
# The compose file is one that compose itself takes, with what the images declare.
. "$(dirname "$0")/lib.sh"
needs docker-compose

workspace <<'LUA'
workspace 'shop' {}
registry 'ghcr.io/acme' { tags = { stamp.git.short } }
local base = tier 'base' { from = 'debian:12-slim', healthcheck = health.http { port = 8000, path = '/it\'s' } }
service 'api' { from = base, expose = { 8000 }, cmd = { 'api' } }
service 'web' { from = base, expose = { 8000, '53/udp' }, volumes = { '/data' }, platforms = { 'linux/amd64' },
  healthcheck = health.cmd { 'test', '-n', '$HOME', interval = '1m30s', retries = 2 } }
service 'on' { from = 'debian:12-slim', healthcheck = health.none(), tags = { 'v1' } }
export.compose 'docker-compose.yml' {}
LUA
"$TIERBUILD" export >"$dir/out" 2>&1 || fail 'export'
fails_with 1 'the value of stamp.git.short' docker-compose config
export STAMP_GIT_SHORT=abc123
docker-compose config >"$dir/out" 2>&1 || fail 'compose does not take the file'
prints 'image: ghcr.io/acme/web:abc123'
prints 'image: ghcr.io/acme/on:v1'
prints '^  "?on"?:'
prints "'curl' '-fsS'"
prints '\$HOME$'
prints 'interval: (90s|1m30s)'
prints 'disable: true|- NONE'
prints 'protocol: udp'
prints 'platform: linux/amd64'
prints '^  web-data:'
