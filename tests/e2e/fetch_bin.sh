#!/bin/sh
# fetch.bin places single-file programs, also those inside archives, for the architecture that is built for.
. "$(dirname "$0")/lib.sh"
needs python3 sha256sum

mkdir -p "$dir/www"
for arch in x86_64 arm64; do printf '#!/bin/sh\necho plain %s\n' $arch >"$dir/www/plain-1.2-$arch"; done
mkdir "$dir/packed"
printf '#!/bin/sh\necho packed\n' >"$dir/packed/tool"
echo text >"$dir/packed/README"
tar -czf "$dir/www/packed.tar.gz" -C "$dir/packed" tool README
sum() { sha256sum "$dir/www/$1" | cut -d' ' -f1; }
python3 -u -m http.server --bind 127.0.0.1 --directory "$dir/www" 0 >"$dir/served" 2>&1 &
started $!
wait_for 20 grep -q 'port [0-9]' "$dir/served" || fail 'the server does not start'
port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$dir/served" | head -n 1)

workspace <<LUA
local base = require 'base'
local at = 'http://127.0.0.1:$port/'
service 'tools' { from = base, steps = { fetch.bin {
  { 'plain@1.2', url = at .. 'plain-{version}-{arch}', arch = { amd64 = 'x86_64', arm64 = 'arm64' },
    sha256 = { amd64 = '$(sum plain-1.2-x86_64)', arm64 = '$(sum plain-1.2-arm64)' } },
  { 'tool', url = at .. 'packed.tar.gz', member = 'tool', sha256 = '$(sum packed.tar.gz)' },
} } }
LUA
build --platform linux/amd64
same "$("$TIERBUILD" run -q --platform linux/amd64 tools -- sh -c 'plain; tool; ls /usr/local/bin' 2>"$dir/err" | tr '\n' ' ')" \
  'plain x86_64 packed plain tool ' 'the programs'
build --platform linux/amd64
same "$(ran)" '' 'steps that ran again'

# A known name gets its address from the library and its digest from the lock file.
printf "service 'a' { from = 'x:1', steps = { fetch.bin { 'hadolint' } } }\n" >known.lua
fails_with 2 'known.lua:1' "$TIERBUILD" build -f known.lua
printf "service 'a' { from = 'x:1', steps = { fetch.bin { 'hadolin' } } }\n" >unknown.lua
fails_with 2 "does not know 'hadolin'" "$TIERBUILD" build -f unknown.lua
