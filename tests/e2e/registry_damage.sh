#!/bin/sh
# A registry that sends other bytes, lengths, types or names than it should: refused, and the store stays as it was.
. "$(dirname "$0")/lib.sh"
start_registry
start_proxy "$registry"

mkdir -p "$dir/ws"
head -c 3000000 /dev/urandom >"$dir/ws/noise"
workspace <<LUA
local base = require 'base'
registry '$proxy' { compression = 'none', timeout = '2s' }
service 'web' { from = base, copy = { { 'noise', to = '/noise' } }, cmd = { 'true' } }
LUA
build web --push
curl -sS -f -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$registry/v2/web/manifests/latest" >"$dir/manifest"

mkdir -p "$dir/empty"
cd "$dir/empty"
contents() { (cd "$1" && find blobs snapshots -type f 2>/dev/null | sort); }
pull() { "$TIERBUILD" pull --progress=plain --store "$store" "$proxy/web:latest"; }
store=$dir/kept
pull >"$dir/out" 2>&1 || fail 'the pull without faults failed'
contents "$store" >"$dir/all"
store=$dir/new
"$TIERBUILD" df --store "$store" >"$dir/out" 2>&1 || fail 'no store could be made'
contents "$store" >"$dir/before"

# refused WHAT PATTERN RULE: the pull says PATTERN, and nothing that was asked for is in the store.
refused() {
  faults "[$3]"
  fails_with 1 "$2" pull
  [ "$(count fired)" -gt 0 ] || fail "$1: the fault was never met"
  contents "$store" >"$dir/after"
  # Sound blobs that came before the bad one may stay: they are what their names say.
  (cd "$store/blobs/sha256" 2>/dev/null && for file in *; do
    [ ! -f "$file" ] || same "$(sha256sum <"$file" | cut -c1-64)" "$file" "$1: a blob of the store"
  done)
  case $1 in *manifest*) same "$(cat "$dir/after")" "$(cat "$dir/before")" "$1: what the store holds" ;; esac
  "$TIERBUILD" verify --store "$store" >"$dir/out" 2>&1 || fail "$1: the store is damaged"
}
manifest='"method":"GET","path":"manifests"'
layer=$(sed 's/.*"digest":"\(sha256:[0-9a-f]*\)","size":3[0-9]*.*/\1/' "$dir/manifest")
blob='"method":"GET","path":"blobs/'$layer'"'
quote() { python3 -c 'import json, sys; print(json.dumps(sys.stdin.read()))'; }
# as_body SED-EXPRESSION: the manifest changed so, as a JSON string.
as_body() { sed "$1" "$dir/manifest" | quote; }
no_digest='"headers":{"Docker-Content-Digest":"'

refused 'a manifest with another byte' 'sha256:' '{'"$manifest"',"action":"garble","times":9}'
refused 'a manifest of no type' 'text/html' '{'"$manifest"',"action":"answer","headers":{"Content-Type":"text/html"}}'
refused 'a manifest sent as an index' 'index' '{'"$manifest"',"action":"answer","headers":{"Content-Type":"application/vnd.oci.image.index.v1+json"}}'
refused 'a manifest with a malformed digest' 'malformed digest' '{'"$manifest"',"action":"answer",'"$no_digest"'sha256:../../../etc/passwd"}}'
rm_digest() { printf '%s' '"headers":{"Docker-Content-Digest":"sha256:'"$(printf '%s' "$1" | python3 -c 'import hashlib, json, sys; print(hashlib.sha256(json.load(sys.stdin).encode()).hexdigest())')"'"}'; }
both=$(as_body 's/^{/{"manifests":[],/')
refused 'a manifest that is an index, too' 'manifest|index' '{'"$manifest"',"action":"answer","body":'"$both"','"$(rm_digest "$both")"'}'
hostile=$(as_body 's/"sha256:[0-9a-f]*"/"sha256:..\/..\/..\/..\/tmp\/evil"/g')
refused 'a manifest with digests that are paths' 'digest' '{'"$manifest"',"action":"answer","body":'"$hostile"','"$(rm_digest "$hostile")"'}'
refused 'a blob with another byte' "$layer" '{'"$blob"',"action":"garble"}'
refused 'a blob that is too long' "$layer" '{'"$blob"',"action":"answer","headers":{"Content-Length":"9000000"},"times":9}'
refused 'a blob that is too short' "$layer" '{'"$blob"',"action":"answer","headers":{"Content-Length":"3"},"times":9}'
refused 'another blob' "$layer" '{'"$blob"',"action":"answer","body":"something else","times":9}'

# What a broken connection cuts off is asked for by its range, and asked for again when it stalls.
for n in $(seq 20); do
  store=$dir/cut
  rm -rf "$store"
  faults '[{'"$blob"',"action":"cut","at":"random","times":2}]'
  pull >"$dir/out" 2>&1 || fail "the pull that was cut ended with status $?"
  same "$(contents "$store")" "$(cat "$dir/all")" "what the store holds after cut $n"
done
grep -q '"range": "bytes=[1-9]' "$dir/proxy.log" || fail 'no range was asked for'
rm -rf "$store"
faults '[{'"$blob"',"action":"hold","at":100000},{'"$manifest"',"action":"status","status":429,"headers":{"Retry-After":"1"}}]'
pull >"$dir/out" 2>&1 || fail "the pull that stalled ended with status $?"
same "$(count fired)" 2 'the faults of the last pull'

# The same for a base: nothing of it is used, and the next build is well.
mkdir -p "$dir/on"
cd "$dir/on"
echo "service 'app' { from = '$proxy/web:latest' }" >Buildfile.lua
store=$dir/base
for rule in '"action":"garble"' '"action":"answer","body":"something else"'; do
  faults '[{'"$blob,$rule"',"times":9}]'
  fails_with 1 "$layer" "$TIERBUILD" build --store "$store" --progress=plain app
  "$TIERBUILD" verify --store "$store" >"$dir/out" 2>&1 || fail 'the store is damaged by a base'
done
faults '[]'
build app --store "$store" -o "type=local,dest=$dir/tree"
cmp "$dir/tree/noise" "$dir/ws/noise" || fail 'the base has another file'

# An image whose config says that its layer is one of another image: found out as soon as both are here, in either order.
cat >"$dir/pass_off.py" <<'PYTHON'
import hashlib, io, json, sys, tarfile, urllib.request
registry, repository = sys.argv[1:3]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

def request(method, path, data=None, kind=None):
    url = path if path.startswith('http') else f'http://{registry}/v2/{path}'
    headers = {'Accept': 'application/vnd.oci.image.manifest.v1+json'} | ({'Content-Type': kind} if kind else {})
    return opener.open(urllib.request.Request(url, data, headers, method=method))

def upload(data):
    digest = 'sha256:' + hashlib.sha256(data).hexdigest()
    to = request('POST', f'{repository}/blobs/uploads/', b'').headers['Location']
    request('PUT', to + ('&' if '?' in to else '?') + 'digest=' + digest, data, 'application/octet-stream')
    return digest

manifest = json.load(request('GET', 'web/manifests/latest'))
config = json.load(request('GET', 'web/blobs/' + manifest['config']['digest']))
for number, layer in enumerate(manifest['layers']):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        entry = tarfile.TarInfo('noise')
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b'evil'))
    layer.update(digest=upload(out.getvalue() + bytes(512 * number)), size=len(out.getvalue()) + 512 * number)
config['config']['Labels'] = {'evil': 'yes'}
data = json.dumps(config).encode()
manifest['config'].update(digest=upload(data), size=len(data))
request('PUT', f'{repository}/manifests/latest', json.dumps(manifest).encode(), manifest['mediaType'])
PYTHON
python3 "$dir/pass_off.py" "$registry" evil || fail 'no image could be forged'
store=$dir/poisoned
"$TIERBUILD" pull --store "$store" "$registry/evil:latest" >"$dir/out" 2>&1 || fail 'the forged image cannot be pulled'
build app --store "$store" -o "type=local,dest=$dir/tree-poisoned" -o "type=oci,dest=$dir/poisoned.tar"
cmp "$dir/tree-poisoned/noise" "$dir/ws/noise" || fail 'the layer of another image was taken'
build app --store "$dir/clean" -o "type=oci,dest=$dir/clean.tar"
cmp "$dir/poisoned.tar" "$dir/clean.tar" || fail 'another image was in the store, and is in this one'
fails_with 1 'holds the layer' "$TIERBUILD" pull --store "$dir/clean" "$registry/evil:latest"
build app --store "$dir/clean" -o "type=oci,dest=$dir/again.tar"
cmp "$dir/again.tar" "$dir/clean.tar" || fail 'an image that was refused has changed another'
