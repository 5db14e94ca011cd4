#!/bin/sh
# A change runs again what depends on it, and nothing else.
. "$(dirname "$0")/lib.sh"

write() {
  workspace <<LUA
local base = require 'base'
local tools = tier 'tools' { from = base, steps = { sh { 'touch /tools', label = 'tools' }, copy { 'a', to = '/a' } } }
service 'other' { from = base, copy = { { 'b', to = '/b' } } }
service 'app' { from = tools, steps = { sh { 'cat /a >/seen', label = 'see' } }, env = { LEVEL = '$1' } }
service 'length' {
  from = tier 'counted' { from = base, steps = { sh { 'wc -c <\$SRC/a >/count', label = 'count', env = { SRC = '/src' },
    mounts = { bind.mount { from = files { 'a' }, target = '/src' } } } } },
  steps = { sh { 'cat /count', label = 'show' } },
}
LUA
}
write info
echo one >a
echo one >b
build
before=$(digest_of app)
base=$(digest_of base)

touch a b busybox Buildfile.lua
build
same "$(ran)" '' 'steps after touching files'

chmod 600 a
build
same "$(ran)" '' 'steps after a change of permissions that no checkout keeps'
chmod 644 a

write debug
build
same "$(ran)" '' 'steps after a change of the environment'
changed=$(digest_of app)
[ "$changed" != "$before" ] || fail 'the new environment is not in the image'
write info
same "$(digest_of app)" "$before" 'the image after taking the change back'

# Early cutoff: `counted` runs again, its bytes are equal, and nothing above it runs.
echo two >a
build
same "$(ran)" 'service:app/see tier:counted/count tier:tools/copy' 'steps after a change of the file a'
same "$(digest_of base)" "$base" 'the base'

echo two >b
build
same "$(ran)" 'service:other/copy' 'steps after a change of the file b'

echo three >>a
build
same "$(ran)" 'service:app/see service:length/show tier:counted/count tier:tools/copy' 'steps after a longer file a'
