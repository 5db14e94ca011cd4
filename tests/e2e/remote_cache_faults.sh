#!/bin/sh
# A cache that is down, slow, garbage or hostile costs a build no more than one timeout, and never the right bytes.
. "$(dirname "$0")/lib.sh"
needs python3 curl
start_registry

workspace <<LUA
local base = require 'base'
for i = 1, 4 do
  service('s' .. i) {
    from = base, steps = { sh { [[ echo "service ]] .. i .. [[" > /file ]] } },
    cmd = { 'sleep', '60' }, healthcheck = health.cmd { 'true', interval = '1s' },
  }
end
LUA
cache="$registry/team/cache"
build --cache-to "$cache"
cp "$dir/out" "$dir/right"
digests() { awk '{print $1, $2}' "$1"; }
warned() { grep -c '"event":"\(notice\|warning\)"' "$dir/err" || true; }
# fresh NAME ARG…: a build in an empty store must make the right images.
fresh() {
  name=$1
  shift
  TIERBUILD_STORE="$dir/store-$name" build "$@"
  same "$(digests "$dir/out")" "$(digests "$dir/right")" "the images with a cache that is $name"
  TIERBUILD_STORE="$dir/store-$name" "$TIERBUILD" verify >"$dir/verified" 2>&1 || fail "$name: $(cat "$dir/verified")"
}
seconds() { echo $(($(date +%s) - begin)); }

# Down: nobody listens.
fresh down --cache-from 127.0.0.1:1/team/cache --cache-to 127.0.0.1:1/team/cache
[ -n "$(ran)" ] || fail 'nothing ran though the cache is down'
grep -q 'is left out' "$dir/err" || fail 'nobody said that the cache is down'

# Slow, garbage: a server of our own.
python3 "$tests/bad_registry.py" >"$dir/bad.port" 2>"$dir/bad.log" &
started $!
wait_for 20 test -s "$dir/bad.port" || fail "no bad registry: $(cat "$dir/bad.log")"
bad=127.0.0.1:$(cat "$dir/bad.port")
for way in silent dripping; do
  begin=$(date +%s)
  fresh "$way" --cache-from "$bad/$way/cache" --cache-to "$bad/$way/cache"
  [ "$(seconds)" -lt 40 ] || fail "a cache that is $way cost $(seconds) s"
  [ -n "$(ran)" ] || fail "nothing ran though the cache is $way"
done
for way in error noise html empty array deep; do
  fresh "$way" --cache-from "$bad/$way/cache"
  [ -n "$(ran)" ] || fail "nothing ran though the cache answers with $way"
done

# Another layer for a key (1): all tags lead to one of the entries.
api="http://$registry/v2/team/cache"
accept='Accept: application/vnd.oci.image.manifest.v1+json'
manifest='Content-Type: application/vnd.oci.image.manifest.v1+json'
curl -sS -f "$api/tags/list" | tr -d '{}[]"' | sed 's/.*tags://' | tr ',' '\n' >"$dir/tags"
[ "$(wc -l <"$dir/tags")" -ge 10 ] || fail "the cache has few entries: $(cat "$dir/tags")"
mkdir "$dir/entries"
while read -r tag; do curl -sS -f -o "$dir/entries/$tag" -H "$accept" "$api/manifests/$tag"; done <"$dir/tags"
put() { curl -sS -f -o "$dir/answer" -X PUT -H "$manifest" --data-binary @"$2" "$api/manifests/$1"; }
one=$(grep -lF 'kind\":\"step' "$dir/entries"/* | xargs grep -lF service:s1/)
[ -f "$one" ] || fail "not one entry is of a step of s1: $one"
while read -r tag; do put "$tag" "$one"; done <"$dir/tags"
fresh swapped --cache-from "$cache"
same "$(ran | tr ' ' '\n' | grep -c /sh)" 3 'commands that ran though only one entry was for what was asked'

# (2): the entries say what they should, and their layers are others, which some step must stand on.
python3 - "$dir/entries" <<'END' || fail 'the entries cannot be changed'
import json, os, sys
folder = sys.argv[1]
entries = {name: json.load(open(f'{folder}/{name}')) for name in os.listdir(folder)}
layers = {one['digest']: one for entry in entries.values() for one in entry['layers'] if 'tar' in one['mediaType']}
chosen = sorted(layers)
for name, entry in entries.items():
    entry['layers'] = [layers[chosen[chosen.index(one['digest']) - 1]] if one['digest'] in layers else one
                       for one in entry['layers']]
    with open(f'{folder}/{name}', 'w') as file:
        json.dump(entry, file)
END
while read -r tag; do put "$tag" "$dir/entries/$tag"; done <"$dir/tags"
TIERBUILD_STORE="$dir/store-forged" build --cache-from "$cache" -o "type=oci,dest=$dir/forged.tar"
same "$(digests "$dir/out")" "$(digests "$dir/right")" 'the images of a forged cache, once their bytes are needed'
TIERBUILD_STORE="$dir/store-forged" "$TIERBUILD" verify >"$dir/out" 2>&1 || fail "forged: $(cat "$dir/out")"

# The layers are gone: known at the first step that stands on one, and the build goes on without the cache.
rm -rf "$dir/registry/data/docker/registry/v2/repositories/team"
build --cache-to "$cache" --no-cache
export TIERBUILD_STORE="$dir/store-gone"
build --cache-from "$cache"
same "$(ran)" '' 'steps that ran with a whole cache'
find "$dir/registry/data/docker/registry/v2/blobs" -name data -size +20k -exec rm {} +
sed -i 's/> \/file/> \/elsewhere/' Buildfile.lua
build s1 --cache-from "$cache"
[ -n "$(ran)" ] || fail 'nothing ran after the layers were lost'
"$TIERBUILD" run -q s1 -- cat /elsewhere >"$dir/out" 2>"$dir/err" || fail 'the image does not run'
same "$(cat "$dir/out")" 'service 1' 'what the step left'

# Layers that are gone when the image is to run: made here instead.
cd "$dir/ws"
for verb in run shell probe; do
  rm -rf "$dir/registry/data/docker/registry/v2/repositories/team"
  sed -i "s/echo \"[a-z]* /echo \"$verb /" Buildfile.lua
  TIERBUILD_STORE="$dir/store-first" build --cache-to "$cache" s1
  export TIERBUILD_STORE="$dir/store-lost-$verb"
  build s1 --cache-from "$cache"
  same "$(ran)" '' "steps that ran before the layers for $verb were lost"
  find "$dir/registry/data/docker/registry/v2/blobs" -name data -size +20k -exec rm {} +
  case $verb in
    run) "$TIERBUILD" run -q s1 -- cat /elsewhere >"$dir/out" 2>"$dir/err" || fail 'run does not make what was lost' ;;
    shell) "$TIERBUILD" shell -q s1 -- -c 'cat /elsewhere' >"$dir/out" 2>"$dir/err" || fail 'shell does not make what was lost' ;;
    probe) "$TIERBUILD" probe -q s1 >"$dir/out" 2>&1 || fail 'probe does not make what was lost' && echo probe 1 >"$dir/out" ;;
  esac
  same "$(cat "$dir/out")" "$verb 1" "what $verb saw"
done
