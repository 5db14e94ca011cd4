#!/bin/sh
# Images as values: built only when used, copied from, taken apart and stacked again.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
local unused = image.from(base):run { 'false' }
local built = image.from(base)
  :sh { 'mkdir -p /opt/tool/bin /opt/junk; echo tool >/opt/tool/bin/tool; echo junk >/opt/junk/file; chmod 700 /opt/tool/bin/tool' }
local grown = image.from(base):sh { 'echo added >/added; echo junk >/etc-like' }

service 'copied' { from = base, copy = { { '/opt/tool', from = built, to = '/usr/tool' } } }
service 'tree' { from = base, layers = { built:tree('/opt/tool'), built:tree('/opt/tool', '/srv') } }
service 'diff' { from = image.scratch(), layers = { grown:diff(base) } }
service 'built' {
  from = base,
  layers = { layer.build 'count' {
    on = built, src = files { 'src/**' },
    mounts = { cache.mount { target = '/var/cache/count' } },
    sh = [[ echo run >>/var/cache/count/runs; mkdir -p $OUT/srv; wc -l </var/cache/count/runs >$OUT/srv/runs; cp src/a $OUT/srv ]],
  } },
}
service 'whiteout' { from = built, steps = { sh { 'rm -r /opt/junk; rm /opt/tool/bin/tool; mkdir /opt/junk; touch /opt/junk/new' } } }
service 'parents' {
  from = tier 'places' { from = base, steps = { sh { 'mkdir -m 1777 /tmp; mkdir -m 700 /root' } } },
  copy = { { 'src/a', to = '/tmp/deep/a' }, { 'src/a', to = '/root/a' } },
}
LUA
mkdir src
echo a >src/a
build
! grep -q '"title":"false"' "$dir/err" || fail 'an image that nothing uses was built'

# look SERVICE COMMAND…: runs it in the service's image.
look() {
  service=$1
  shift
  "$TIERBUILD" run -q "$service" -- "$@" 2>"$dir/err" || fail "'$*' in $service ended with status $?"
}
same "$(look copied cat /usr/tool/bin/tool)" tool 'a file copied from another image'
same "$(look copied stat -c %a /usr/tool/bin/tool)" 700 'its mode'
same "$(look copied sh -c 'ls /opt 2>/dev/null | wc -l')" 0 'what was not copied'
same "$(look tree cat /opt/tool/bin/tool /srv/bin/tool | tr '\n' ' ')" 'tool tool ' 'trees'
same "$(look tree sh -c '[ ! -e /opt/junk ] && echo clean')" clean 'beside the tree'
same "$(look built cat /srv/runs)" 1 'runs of the layer'
same "$(look whiteout sh -c 'echo /opt/junk/* /opt/tool/bin/*')" '/opt/junk/new /opt/tool/bin/*' 'removed files'
same "$(look parents stat -c %a /tmp /root | tr '\n' ' ')" '1777 700 ' 'directories that a copy finds'

"$TIERBUILD" build -q diff -o type=local,dest="$dir/diff" >"$dir/out" 2>"$dir/err"
same "$(cd "$dir/diff" && find . -type f | sort | tr '\n' ' ')" './added ./etc-like ' 'files of the difference'

# The cache is still there when the layer is built again.
echo b >src/a
build built
same "$(look built cat /srv/runs /srv/a | tr '\n' ' ')" '2 b ' 'the layer after a change'
