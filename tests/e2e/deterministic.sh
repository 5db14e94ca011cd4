#!/bin/sh
# The same workspace gives the same images in another directory, store, time zone, locale, with another umask, with
# other file times and with another number of jobs.
. "$(dirname "$0")/lib.sh"

workspace one <<'LUA'
local base = require 'base'
local tools = tier 'tools' {
  from = base,
  user = { 'app', uid = 1000 },
  steps = {
    sh { 'mkdir -p /opt/t; for i in 9 3 7 1; do echo $i >/opt/t/$i; done; ln -s 9 /opt/t/link; ln /opt/t/1 /opt/t/hard' },
    sh { 'echo "$HOSTNAME $$" >/dev/null; rm -r /opt/t/3; chmod 4755 /opt/t/7' },
  },
}
service 'a' {
  from = tools,
  copy = { { 'app', to = '/app', owner = 'app' }, { files { 'conf/**' }, to = '/etc/a', mode = '0640' } },
  env = { B = '2', A = '1' }, labels = { z = '1', a = '2' }, cmd = { 'sh' },
}
service 'b' {
  from = base,
  layers = { layer.build 'l' { on = tools, src = files { 'app/**' }, sh = [[ find . -type f | sort | xargs cat >$OUT/all ]] } },
}
LUA
mkdir -p app/sub conf
for i in 1 2 3 4 5; do echo "$i" >"app/sub/file$i"; done
printf '#!/bin/sh\necho hi\n' >app/run
chmod 755 app/run
echo x >conf/x.conf
images() { grep '"event":"image"' "$dir/err" | sed 's/,"reused.*//' | sort; }

build -j1
first=$(images)
same "$(echo "$first" | grep -c sha256:)" 4 'number of images'

# Another copy: files made in another order, with another umask and other times.
umask 077
mkdir -p "$dir/other/place"
cd "$dir/other/place"
tar -C "$dir/one" --sort=name -cf - . | tar --no-same-permissions -xmf -
find . -exec touch -d '2031-02-03 04:05:06' {} +
export TIERBUILD_STORE="$dir/other/store" TZ=Pacific/Chatham LC_ALL=tr_TR.UTF-8 LANG=C
build -j4
same "$(images)" "$first" 'images of the copy'
[ "$(json_get "$dir/err" ran)" -gt 8 ] || fail 'the copy was not built anew'
