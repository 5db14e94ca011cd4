#!/bin/sh
# Users by name, owners of copies, and the mounts of a step, none of which are in its layer.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'app' {
  from  = base,
  user  = { 'app', uid = 1234 },
  steps = {
    sh { 'id -u; id -g; touch /home/app/by-app', user = 'app', label = 'as-app' },
    sh { 'cat /in/a /in/sub/b; ! touch /in/new 2>/dev/null; cat /one', label = 'bind', mounts = {
      bind.mount { from = files { 'a', 'sub/**' }, target = '/in' },
      bind.mount { from = 'a', target = '/one' } } },
    sh { 'touch /in/new; ls /in', label = 'writable', mounts = {
      bind.mount { from = files { 'a' }, target = '/in', writable = true } } },
    sh { 'ls /other/bin/sh /part/sh', label = 'image', mounts = {
      bind.mount { from = base, target = '/other' }, bind.mount { from = base, source = '/bin', target = '/part' } } },
    sh { 'echo x >/scratch/x; grep " /scratch tmpfs" /proc/mounts | wc -l; ! head -c 9000000 /dev/zero >/scratch/big 2>/dev/null',
      label = 'tmpfs', mounts = { tmpfs.mount { target = '/scratch', size = '4M' } } },
  },
  copy  = { { 'a', to = '/data/a', owner = 'app', mode = '0600' }, { 'sub', to = '/data/sub', owner = '7:8' } },
  cmd   = { 'cat', '/data/a' },
}
LUA
mkdir sub
echo aa >a
echo bb >sub/b
build
# output STEP: what it printed.
output() { sed -n "s/.*\"event\":\"output\".*\"step\":\"service:app\/$1\",\"line\":\"\([^\"]*\)\".*/\1/p" "$dir/err" | tr '\n' ' '; }
same "$(output as-app)" '1234 1234 ' 'ids of the user'
same "$(output bind)" 'aa bb aa ' 'bind mounts'
same "$(output writable)" 'a new ' 'a writable bind mount'
same "$(output image)" '/other/bin/sh /part/sh ' 'bind mounts of an image'
same "$(output tmpfs)" '1 ' 'a tmpfs, which is bounded'

same "$("$TIERBUILD" run -q app)" aa 'the command run as the user of the image'
"$TIERBUILD" run -q app -u 0 -- stat -c '%n %u:%g %a' /data/a /data/sub/b /home/app/by-app >"$dir/out"
printf '%s\n' '/data/a 1234:1234 600' '/data/sub/b 7:8 644' '/home/app/by-app 1234:1234 644' >"$dir/expected"
diff "$dir/expected" "$dir/out" || fail 'owners and modes'
"$TIERBUILD" run -q app -u 0 -- sh -c 'ls -d /in /one /other /part /scratch 2>/dev/null || true' >"$dir/out"
[ ! -s "$dir/out" ] || fail "mount points are in the image: $(cat "$dir/out")"
