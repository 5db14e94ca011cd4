#!/bin/sh
# node.install and node.build. The npm registry cannot be had here: `npm` of the stand-in image is a script that notes
# how it is called and does what the real one would do to the files.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
local npm = tier 'npm' { from = base, copy = { { 'npm', to = '/usr/bin/npm', mode = '0755' } } }
service 'web' { from = base, layers = { node.build { on = npm, dir = '//web', script = 'build', out = 'dist', to = '/app/static' } } }
service 'api' { from = base, layers = { node.install { on = npm, dir = 'api', to = '/app' } } }
LUA
cat >npm <<'SH'
#!/bin/sh
set -eu
echo "npm $*" >&2
case "$1" in
ci | install)
  mkdir -p node_modules/dep
  echo "$* rc=$(cat .npmrc 2>/dev/null) cache=$npm_config_cache files=$(ls -A | tr '\n' ' ')" >node_modules/dep/how
  echo x >>"$npm_config_cache/count"
  ;;
run) mkdir -p dist && cat src/page node_modules/dep/how >dist/index.html ;;
esac
SH
mkdir -p web/src web/node_modules/host api
echo '{"name": "web", "scripts": {"build": "make it"}, "dependencies": {"dep": "^1"}}' >web/package.json
echo '{"lockfileVersion": 3}' >web/package-lock.json
echo 'registry=https://npm.example.org' >web/.npmrc
echo page >web/src/page
echo '{"name": "api"}' >api/package.json
build
show() { "$TIERBUILD" run -q "$@" 2>"$dir/err"; }
same "$(show web -- cat /app/static/index.html | tr '\n' ';')" \
  'page;ci --no-audit --no-fund rc=registry=https://npm.example.org cache=/root/.npm files=.npmrc node_modules package-lock.json package.json ;' 'the page'
same "$(show web -- sh -c 'ls / /app' | grep -c -e src -e node_modules)" 0 'sources and modules in the service'
same "$(show api -- cat /app/node_modules/dep/how)" \
  'install --no-audit --no-fund --omit=dev rc= cache=/root/.npm files=node_modules package.json ' 'the packages'

# Sources do not install again; the lock file does.
echo another >web/src/page
build
same "$(ran | tr ' ' '\n' | grep -c npm)" 0 'installations after a change of the sources'
same "$(show web -- head -n 1 /app/static/index.html)" another 'the new page'
echo '{"lockfileVersion": 4}' >web/package-lock.json
build
same "$(ran | tr ' ' '\n' | grep -c npm)" 1 'installations after a change of the lock file'

sed -i "s/script = 'build'/script = 'bulid'/" Buildfile.lua
fails_with 2 "no script 'bulid'" "$TIERBUILD" build
prints 'it has build'
prints 'Buildfile.lua:3'
