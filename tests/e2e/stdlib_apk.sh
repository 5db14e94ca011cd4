#!/bin/sh
# apk.install and apk.repo. Alpine itself cannot be had here: the image is a stand-in whose `apk` is a script that
# notes how it is called and what it finds. What real apk-tools do with it is not shown by this test.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
local alpine = tier 'alpine' { from = base, copy = { { 'apk', to = '/sbin/apk', mode = '0755' } } }
service 'app' {
  from = alpine,
  apk  = { 'libpq', 'curl', apk.repo { 'https://example.org/alpine/edge', tag = 'edge', name = 'edge', key = 'team@example.org.rsa.pub' }, 'libpq' },
}
service 'steps' { from = alpine, steps = { apk.repo { '/packages' }, apk.install { 'musl-dev' } } }
LUA
echo key >team@example.org.rsa.pub
cat >apk <<'SH'
#!/bin/sh
echo "apk $*" >>/installed
cat /etc/apk/repositories.d/*.list /etc/apk/keys/* >>/installed 2>/dev/null || true
echo "cached $(cat /var/cache/apk/count 2>/dev/null)" >>/seen-cache
echo x >>/var/cache/apk/count
echo now >/var/log/apk.log 2>/dev/null || true
SH
build
same "$(ran | tr ' ' '\n' | grep -c 'service:app/')" 2 'layers of the service'
cat_in() { "$TIERBUILD" run -q "$1" -- cat "$2" 2>"$dir/err"; }
same "$(cat_in app /installed | tr '\n' ';')" \
  'apk add --no-progress --update-cache --cache-dir /var/cache/apk curl libpq;@edge https://example.org/alpine/edge;key;' 'what apk saw'
same "$(cat_in steps /installed | sed 1d)" /packages 'the repository of the steps'
"$TIERBUILD" run -q app -- sh -c '[ ! -e /var/log/apk.log ] && [ ! -e /var/cache/apk/count ]' 2>"$dir/err" || fail 'the log or the cache is in a layer'

printf "service 'a' { from = 'x:1', apk = { 'a; rm -rf /' } }\n" >bad.lua
fails_with 2 'bad.lua:1' "$TIERBUILD" build -f bad.lua
