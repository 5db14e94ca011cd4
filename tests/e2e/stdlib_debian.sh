#!/bin/sh
# What needs a real Debian: packages of a repository of one's own (apt.repo), and a Python runtime without a shell
# (distroless). With $TIERBUILD_TEST_CACHE, a directory, the store is kept there between runs.
. "$(dirname "$0")/lib.sh"
needs mmdebstrap curl dpkg-deb sha256sum
mirror=http://deb.debian.org/debian/dists/bookworm/InRelease
curl -sS -f -m 20 -o "$dir/answer" "$mirror" 2>"$dir/err" || skip "the Debian mirror cannot be reached: $(cat "$dir/err")"
[ -z "${TIERBUILD_TEST_CACHE-}" ] || export TIERBUILD_STORE="$TIERBUILD_TEST_CACHE/debian-store"

workspace <<'LUA'
local debian = tier 'debian' { from = image.debian { suite = 'bookworm', packages = { 'python3-venv', 'ca-certificates' } } }
local built = tier 'built' { from = debian, steps = {
  sh { [[
    python3 -m venv --without-pip /opt/venv
    printf 'import http.server, ssl, sqlite3, ctypes, zlib, lzma, hashlib, zoneinfo\n' > /opt/venv/lib/python3.11/site-packages/app.py
    printf 'print("modules", zoneinfo.ZoneInfo("UTC"), ssl.create_default_context() and 1)\n' >> /opt/venv/lib/python3.11/site-packages/app.py
  ]] } } }
service 'runtime' {
  from = distroless { on = built, keep = { '/opt/venv' } },
  user = { 'app', uid = 1000 },
  cmd  = { 'python', '-m', 'http.server', '8000' },
  healthcheck = health.http { port = 8000, interval = '5s' },
}
service 'packages' {
  from  = debian:with(layer.files { { 'repository', to = '/repository' } }),
  apt   = { apt.repo { 'file:/repository', suite = './', trusted = true, name = 'own' }, 'tier-hello' },
}
LUA

# A repository with one package.
mkdir -p package/DEBIAN package/usr/bin repository
printf '#!/bin/sh\necho hello from a repository\n' >package/usr/bin/tier-hello
chmod 755 package package/DEBIAN package/usr package/usr/bin package/usr/bin/tier-hello
cat >package/DEBIAN/control <<'END'
Package: tier-hello
Version: 1.0
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: says hello
END
dpkg-deb --root-owner-group --build package repository/tier-hello.deb >"$dir/err"
{
  cat package/DEBIAN/control
  echo "Filename: ./tier-hello.deb"
  echo "Size: $(stat -c %s repository/tier-hello.deb)"
  echo "SHA256: $(sha256sum repository/tier-hello.deb | cut -d' ' -f1)"
} >repository/Packages

build packages
same "$("$TIERBUILD" run -q packages -- tier-hello 2>"$dir/err")" 'hello from a repository' 'the package'
"$TIERBUILD" run -q packages -- cat /etc/apt/sources.list.d/own.sources >"$dir/out" 2>"$dir/err"
prints '^URIs: file:/repository$'
prints '^Trusted: yes$'
same "$("$TIERBUILD" run -q packages -- sh -c 'ls /var/lib/apt/lists /var/cache/apt/archives 2>/dev/null | grep -c -e own -e deb' 2>"$dir/err" || true)" 0 'lists and archives in the image'

build runtime
same "$("$TIERBUILD" run -q runtime -- python -m app 2>"$dir/err")" 'modules UTC 1' 'the modules'
same "$("$TIERBUILD" run -q runtime -- python -c 'import os, sys; print(os.getuid(), sys.prefix)' 2>"$dir/err")" '1000 /opt/venv' 'user and environment'
fails_with 0 'service:runtime is healthy' "$TIERBUILD" probe runtime
for program in sh bash dash apt apt-get dpkg pip busybox; do
  fails_with 1 "'$program' is not in the image" "$TIERBUILD" run -q runtime -- $program
done
"$TIERBUILD" run -q runtime -- python -c '
import os
for top, _, names in os.walk("/"):
    if top.startswith(("/proc", "/sys", "/dev")): continue
    for name in names:
        path = os.path.join(top, name)
        if os.access(path, os.X_OK) and os.path.isfile(path) and "/bin" in top: print(os.path.realpath(path))
' 2>"$dir/err" | sort -u >"$dir/out"
same "$(grep -vc python "$dir/out")" 0 "programs besides the interpreter: $(cat "$dir/out")"
