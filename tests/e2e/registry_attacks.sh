#!/bin/sh
# A login is for the host that it belongs to: nothing that a registry or an image says sends it anywhere else.
. "$(dirname "$0")/lib.sh"
start_registry ann secret
start_proxy - evil
evil=$proxy
start_proxy "$registry"
export DOCKER_CONFIG="$dir/docker"
mkdir -p "$DOCKER_CONFIG"
printf '{"auths":{"%s":{"auth":"%s"}}}' "$proxy" "$(printf ann:secret | base64)" >"$DOCKER_CONFIG/config.json"

workspace <<LUA
local base = require 'base'
registry '$proxy' { timeout = '2s' }
service 'web' { from = base, cmd = { 'true' } }
LUA
build web --push
mkdir -p "$dir/empty"
cd "$dir/empty"
seen() { grep -c . "$dir/evil.log" || true; }
stolen() { grep -vc '"authorization": ""' "$dir/evil.log" || true; }

# A redirect is followed without the login; the challenge at its end is not answered.
for status in 301 302 307 308; do
  faults '[{"method":"GET","path":"blobs","action":"answer","status":'$status',"headers":{"Location":"http://'"$evil"'/blob"},"times":9}]'
  fails_with 1 "$proxy" "$TIERBUILD" pull --store "$dir/none" "$proxy/web:latest"
done
[ "$(seen)" -ge 4 ] || fail 'the redirects were not followed'
challenge() { proxy=$evil faults '[{"action":"status","status":401,"headers":{"WWW-Authenticate":"'"$1"'"},"times":9}]'; }
challenge 'Basic realm=\"evil\"'
fails_with 1 "$proxy" "$TIERBUILD" pull --store "$dir/none" "$proxy/web:latest"
same "$(stolen)" 0 'logins that a redirect took'

# An upload stays at the registry.
before=$(seen)
cd "$dir/ws"
faults '[{"method":"POST","action":"answer","headers":{"Location":"http://'"$evil"'/upload"},"times":9}]'
fails_with 1 'blob sha256:' "$TIERBUILD" push --progress=plain -t "$proxy/other:1" web
prints "$evil"
same "$(seen)" "$before" 'requests to where an upload was sent'

# A token server in plain HTTP elsewhere gets nothing, nor does one with a user in its address.
cd "$dir/empty"
for realm in http://registry.invalid/token "http://ann@$evil/token" ftp://$evil/ ''; do
  faults '[{"method":"GET","action":"status","status":401,"headers":{"WWW-Authenticate":"Bearer realm=\"'"$realm"'\",service=\"x\""},"times":9}]'
  fails_with 1 'token server' "$TIERBUILD" pull --store "$dir/none" "$proxy/web:latest"
done
same "$(seen)" "$before" 'requests to token servers'

# `urls` of a layer are not looked at.
digest=$(printf layer | sha256sum | cut -c1-64)
config=$(printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$digest" >"$dir/config"; sha256sum <"$dir/config" | cut -c1-64)
upload=$(curl -sS -f -u ann:secret -X POST -D - -o "$dir/answer" "http://$registry/v2/foreign/blobs/uploads/" | tr -d '\r' | sed -n 's/^Location: //p')
curl -sS -f -u ann:secret -X PUT --data-binary @"$dir/config" "$upload&digest=sha256:$config"
cat >"$dir/foreign" <<JSON
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:$config","size":$(wc -c <"$dir/config")},"layers":[{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":"sha256:$digest","size":5,"urls":["http://$evil/layer"]}]}
JSON
curl -sS -f -u ann:secret -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
  --data-binary @"$dir/foreign" "http://$registry/v2/foreign/manifests/1" -o "$dir/answer" || fail "the registry: $(cat "$dir/answer")"
faults '[]'
fails_with 1 "$digest" "$TIERBUILD" pull --store "$dir/none" "$proxy/foreign:1"
same "$(seen)" "$before" 'requests to the urls of a layer'

# A mirror is asked without the login of the registry that it stands for.
proxy=$evil faults '[]'
workspace mirrored <<LUA
registry '$proxy' { mirror = { ['$proxy'] = '$evil' } }
LUA
"$TIERBUILD" pull --store "$dir/none" "$proxy/web:latest" >"$dir/out" 2>&1 || fail 'the registry behind its mirror was not asked'
[ "$(seen)" -gt "$before" ] || fail 'the mirror was not asked'
same "$(stolen)" 0 'logins that went elsewhere'
grep -q '"authorization": "Basic' "$dir/proxy.log" || fail 'the registry itself got no login'
