#!/bin/sh
# A second machine (another store, another network namespace) takes its steps from the cache in a registry: nothing runs,
# no layer is downloaded, and the images are the same. Layers come when a step must stand on them, or an image leaves.
. "$(dirname "$0")/lib.sh"
needs skopeo

# machine NUMBER: a network namespace with a link of its own to this one; $dir/machineNUMBER is the program in there.
# Fails where that cannot be.
machine() {
  name=tbe$$-$1 net=10.$((100 + $$ % 100)).$((($$ / 100 + $1) % 250))
  ip netns add "$name" && echo "$name" >>"$dir/machines" || return 1
  ip link add "$name"h type veth peer name "$name"g netns "$name" && ip addr add "$net.1/24" dev "$name"h &&
    ip link set "$name"h up && ip -n "$name" addr add "$net.2/24" dev "$name"g && ip -n "$name" link set "$name"g up &&
    ip -n "$name" link set lo up && ip -n "$name" route add default via "$net.1" || return 1
  printf '#!/bin/sh\nexec nsenter --net=/run/netns/%s "%s" "$@"\n' "$name" "$TIERBUILD" >"$dir/machine$1"
  chmod +x "$dir/machine$1"
  registry_at=${registry_at:-$net.1}
}
undo() {
  status=$?
  if [ -f "$dir/machines" ]; then
    while read -r name; do ip link del "$name"h 2>/dev/null || true; ip netns del "$name" || true; done <"$dir/machines"
  fi
  cleanup "$status"
}
trap undo EXIT
if ! { command -v ip && command -v nsenter && machine 1 && machine 2; } >"$dir/out" 2>&1; then
  echo "the machines share a network: $(tail -n 1 "$dir/out")"
  registry_at=
  cp /dev/null "$dir/machine1"
fi
on() { if [ -s "$dir/machine1" ]; then TIERBUILD=$dir/machine$1; fi; }
start_registry
export TIERBUILD_PROGRESS=json

workspace <<LUA
local base = require 'base'
registry '$registry/acme' { insecure = true, tags = { 'latest' } }
local built = image.from(base):sh { [[ mkdir -p /opt/tool; echo tool > /opt/tool/tool ]] }
tier 'middle' { from = base, steps = { sh { 'echo middle > /middle' } } }
tier 'upper' { from = 'middle', steps = { sh { 'echo upper > /upper' } } }
for i = 1, 20 do
  service('s' .. i) {
    from = i % 2 == 0 and 'upper' or base,
    layers = { built:tree('/opt/tool', '/usr/tool') },
    build_env = { N = tostring(i) },
    steps = { sh { [[ echo "service \$N" > /file ]] }, copy { 'text', to = '/text' } },
  }
end
LUA
echo text >text
cache="$registry/acme/buildcache"
requests() { grep -c '"[A-Z]* /v2/' "$dir/registry/log" || true; }
layers_sent() { grep -c '"GET /v2/[^ ]*/blobs/[^ ]* HTTP/1.1" 200' "$dir/registry/log" || true; }
settled() { sleep 0.3; }

on 1
build --cache-to "type=registry,ref=$cache" 'tier:*' 'service:*'
[ -n "$(ran)" ] || fail 'the first machine ran nothing'
same "$(wc -l <"$dir/out")" 24 'lines about the 23 images'
cp "$dir/out" "$dir/first"

# The second machine: nothing runs and nothing is downloaded.
settled
before=$(layers_sent)
on 2
export TIERBUILD_STORE="$dir/second"
build --cache-from "$cache" 'tier:*' 'service:*'
same "$(ran)" '' 'steps that ran on the second machine'
settled
same "$(layers_sent)" "$before" 'blobs that the second machine downloaded'
same "$(awk '{print $1, $2}' "$dir/out")" "$(awk '{print $1, $2}' "$dir/first")" 'the images of the second machine'
ls "$dir/second/snapshots" >"$dir/snapshots"
[ ! -s "$dir/snapshots" ] || fail "layers were unpacked: $(cat "$dir/snapshots")"

# A build that changes nothing asks nobody, and the store is sound though it holds no layer.
asked=$(requests)
build 'service:*' --cache-from "$cache"
same "$(ran)" '' 'steps of a build that changes nothing'
settled
same "$(requests)" "$asked" 'requests of a build that changes nothing'
"$TIERBUILD" verify >"$dir/out" 2>&1 || fail "the store is not sound: $(cat "$dir/out")"
"$TIERBUILD" prune >"$dir/out" 2>&1 || fail "prune: $(cat "$dir/out")"
build 'service:*'
same "$(ran)" '' 'steps of a build after a prune'

# A push to the same registry mounts the layers.
"$TIERBUILD" push 'service:*' >"$dir/out" 2>"$dir/err" || fail "push: $(cat "$dir/err")"
settled
same "$(layers_sent)" "$before" 'blobs that a push downloaded'
skopeo copy -q --src-tls-verify=false "docker://$registry/acme/s3:latest" "dir:$dir/s3" || fail 'skopeo cannot read what was pushed'

# An image that leaves in a file brings its layers.
build s1 -o "type=local,dest=$dir/files"
same "$(cat "$dir/files/file")" 'service 1' 'a file of the exported image'
same "$(cat "$dir/files/text")" 'text' 'another file of the exported image'

[ "$(layers_sent)" -gt "$before" ] || fail 'the log of the registry shows no layers'

# One changed file: only the steps above it run, on layers that come now.
export TIERBUILD_STORE="$dir/third"
echo other >text
build 'service:*' --cache-from "$cache"
same "$(ran)" 'service:s1/copy' 'steps that ran after a change'
sed -i 's/> \/file/> \/elsewhere/' Buildfile.lua
build s2 --cache-from "$cache"
[ "$(ran | tr ' ' '\n' | grep -c 's[0-9]/\(sh\|run\)')" = 1 ] || fail "not one command ran, but: $(ran)"
rm -rf "$dir/files"
build s2 -o "type=local,dest=$dir/files"
same "$(cat "$dir/files/elsewhere")" 'service 2' 'what the step left'

# Who is not named is not believed: neither another branch's entries in the same repository, nor a cache without a flag.
export TIERBUILD_STORE="$dir/branch"
sed -i 's/> \/middle/> \/of-a-branch/' Buildfile.lua
build middle --cache-from "$cache:main" --cache-to "$cache:branch"
for flags in "--cache-from $cache:main" ''; do
  rm -rf "$dir/trusting"
  export TIERBUILD_STORE="$dir/trusting"
  # shellcheck disable=SC2086
  build middle $flags
  [ "$(ran | tr ' ' '\n' | grep -c 'tier:middle/')" = 1 ] || fail "entries of a branch were used with '$flags': $(ran)"
done
rm -rf "$dir/trusting"
build middle --cache-from "$cache:branch"
same "$(ran)" '' 'steps with the cache of the branch'

# The Buildfile names a cache: a push gives to it, and every build takes from it.
workspace declared <<LUA
local base = require 'base'
registry '$registry/declared' { insecure = true, cache = 'cache' }
service 'app' { from = base, steps = { sh { [[ echo app > /app ]] } } }
LUA
export TIERBUILD_STORE="$dir/fourth"
build app
! curl -sf -o "$dir/answer" "http://$registry/v2/declared/cache/tags/list" || fail 'a build without a push wrote the cache'
build app --push
export TIERBUILD_STORE="$dir/fifth"
build app
same "$(ran)" '' 'steps of a build with the cache that the Buildfile names'
