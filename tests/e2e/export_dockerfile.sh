#!/bin/sh
# The exported Dockerfile and bake file give the images that the Buildfile gives, and are found stale when it changes.
. "$(dirname "$0")/lib.sh"
needs python3

workspace <<'LUA'
workspace 'shop' {}
local base = require 'base'
local tools = tier 'tools' {
  from = base, user = { 'app', uid = 1000 }, env = { TIER = 'not in the steps above' },
  steps = { sh { 'mkdir -p /opt/tools\necho "${TIER:-unset}" >/opt/tools/env', env = { ONE = "it's" } } },
}
local grown = image.from(tools):run { 'sh', '-c', 'echo grown >/opt/grown; chmod 600 /opt/grown' }:diff(image.from(tools))
local made = layer.build 'made' { on = base, src = 'whole', sh = 'cat w >"$OUT/made"' }
service 'web' {
  doc = 'The shop.', from = tools, workdir = '/app', env = { TWO = 'a "quoted" $value' }, labels = { revision = stamp.time },
  layers = { grown, made },
  steps = {
    sh { 'echo "$ONE" >one\npwd >>one', env = { ONE = "it's" }, cwd = '/opt' },
    run { 'sh', '-c', 'id -un >/home/app/user', user = 'app' },
    run { 'cp', '/mnt/a file.txt', '/opt/', mounts = { bind.mount { from = 'src', target = '/mnt' } } },
  },
  copy = {
    { 'src', to = '/app', exclude = { '*.tmp' }, owner = 'app' },
    { 'whole', to = '/srv' },
    { text = 'line of $text\n', to = '/etc/text', mode = '0600' },
    { '/opt/tools/env', from = tools, to = '/srv/copied' },
  },
  user = 'app', expose = { 8000 }, volumes = { '/data' }, entrypoint = { 'sh', '-c' }, cmd = { 'echo $TWO' },
  healthcheck = health.cmd { 'true', interval = '10s' },
}
export.dockerfile 'Dockerfile' { build = { 'web', 'tools' } }
LUA
mkdir -p src/sub whole
echo a >'src/a file.txt'
echo no >src/b.tmp
echo sub >src/sub/c
echo whole >whole/w
printf '#!/bin/sh\n' >whole/run
chmod 755 whole/run

"$TIERBUILD" export >"$dir/out" 2>"$dir/err" || fail "export: $(cat "$dir/err")"
prints '^written +Dockerfile'
fails_with 0 '^unchanged' "$TIERBUILD" export --check

for target in web tools; do
  "$TIERBUILD" build -q "$target" -o "type=local,dest=$dir/ours.$target" -o "type=oci,dest=$dir/ours.$target.tar" \
    >"$dir/out" 2>"$dir/err" || fail "build $target: $(cat "$dir/err")"
  revision=$(config "$dir/ours.web.tar" | sed -n 's/.*"revision": "\([^"]*\)".*/\1/p')
  "$TIERBUILD" build -q -f Dockerfile --target "$target" --build-arg "STAMP_TIME=$revision" \
    -o "type=local,dest=$dir/theirs.$target" -o "type=oci,dest=$dir/theirs.$target.tar" . \
    >"$dir/out" 2>"$dir/err" || fail "build -f Dockerfile: $(cat "$dir/err") $(cat Dockerfile)"
  tree "$dir/ours.$target" >"$dir/ours"
  tree "$dir/theirs.$target" >"$dir/theirs"
  diff "$dir/ours" "$dir/theirs" >&2 || fail "the files of $target differ"
  config "$dir/ours.$target.tar" PATH >"$dir/ours"
  config "$dir/theirs.$target.tar" PATH >"$dir/theirs"
  diff "$dir/ours" "$dir/theirs" >&2 || fail "the configs of $target differ"
done

# A bake file names the exported Dockerfile, or has one in it.
"$TIERBUILD" export bake --print >"$dir/bake.json" || fail 'export bake'
python3 - "$dir/bake.json" <<'PY' || fail 'the bake file'
import json, sys
file = json.load(open(sys.argv[1]))
web = file['target']['web']
assert web['dockerfile'] == 'Dockerfile' and web['target'] == 'web' and web['context'] == '.', web
assert 'web' in file['group']['default']['targets'] and 'STAMP_TIME' in file['variable'], file
PY
sed -i '/export.dockerfile/d' Buildfile.lua
"$TIERBUILD" export bake >"$dir/out" 2>&1 || fail 'export bake to its usual path'
grep -q dockerfile-inline docker-bake.json || fail 'no Dockerfile in the bake file'
fails_with 0 '^unchanged' "$TIERBUILD" export bake --check
sed -i 's/a "quoted"/another/' Buildfile.lua
fails_with 1 '^stale' "$TIERBUILD" export bake --check
