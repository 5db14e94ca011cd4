#!/bin/sh
# A tag with `stamp.key`: what the registry has under it is neither built nor pushed again, on any machine.
. "$(dirname "$0")/lib.sh"
needs skopeo
start_registry

workspace <<LUA
local base = require 'base'
registry '$registry/acme' { insecure = true, tags = { stamp.key, 'latest' } }
for _, name in ipairs { 'api', 'web' } do
  service(name) {
    from = base, steps = { sh { [[ cat /text > /seen ]], mounts = { bind.mount { from = name .. '.txt', target = '/text' } } } },
    labels = { made = stamp.time },
  }
end
LUA
echo api >api.txt
echo web >web.txt
digest() { skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/acme/$1" 2>"$dir/err"; }
sent() { grep -Ec '"(POST|PATCH|PUT) /v2/' "$dir/registry/log" || true; }
ran_in() { TIERBUILD_STORE="$dir/$1" build "$2" --push; }

build 'service:*' --push
one=$(digest web:latest)
key=$(skopeo list-tags --tls-verify=false "docker://$registry/acme/web" | grep -oE '[0-9a-f]{64}')
same "$(digest "web:$key")" "$one" 'the tag with the key'

# Another machine, whose clock says something else: nothing is built, nothing is sent, and the image stays what it is.
sleep 1.1
before=$(sent)
ran_in second 'service:*'
same "$(ran)" '' 'steps on another machine'
same "$(sent)" "$before" 'requests that change the registry'
same "$(digest web:latest)" "$one" 'the image after a push from another machine'
prints 'service:web .*reused'

# A change makes a new key, for the image that it is in.
echo other >web.txt
ran_in third 'service:*'
same "$(ran | tr ' ' '\n' | grep -c '^service:')" 1 'services that were built after a change'
[ "$(digest web:latest)" != "$one" ] || fail 'the changed image was not pushed'
two=$(digest web:latest)

# Back again: the image is there, and only the other tag moves.
echo web >web.txt
ran_in fourth web
same "$(ran)" '' 'steps of an image that was there before'
same "$(digest web:latest)" "$one" 'the tag after going back'
[ "$one" != "$two" ] || fail 'both are one image'
same "$(digest "web:$key")" "$one" 'the tag with the key, at last'

# Without the stamp in a tag nothing is asked, and in labels it has no value.
"$TIERBUILD" plan web >"$dir/out" 2>&1 || fail 'plan failed'
