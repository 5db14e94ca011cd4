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

# `urls` of a layer are not looked at, though the registry lacks the layer.
layer=sha256:$(printf layer | sha256sum | cut -c1-64)
cat >"$dir/foreign" <<JSON
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"$layer","size":5},"layers":[{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":"$layer","size":5,"urls":["http://$evil/layer"]}]}
JSON
faults "[{\"path\":\"manifests\",\"action\":\"answer\",\"status\":200,\"times\":9,\"skip\":1,\"body\":$(python3 -c 'import json, sys; print(json.dumps(open(sys.argv[1]).read()))' "$dir/foreign"),\"headers\":{\"Content-Type\":\"application/vnd.oci.image.manifest.v1+json\",\"Docker-Content-Digest\":\"sha256:$(sha256sum <"$dir/foreign" | cut -c1-64)\"}}]"
fails_with 1 "$layer" "$TIERBUILD" pull --store "$dir/none" "$proxy/foreign:1"
grep -q "blobs/$layer" "$dir/proxy.log" || fail 'the registry was not asked for the layer'
same "$(seen)" "$before" 'requests to the urls of a layer'

# A mirror is asked without the login of the registry that it stands for.
faults '[]'
proxy=$evil faults '[]'
workspace mirrored <<LUA
registry '$proxy' { mirror = { ['$proxy'] = '$evil' } }
LUA
"$TIERBUILD" pull --store "$dir/none" "$proxy/web:latest" >"$dir/out" 2>&1 || fail 'the registry behind its mirror was not asked'
[ "$(seen)" -gt "$before" ] || fail 'the mirror was not asked'
same "$(stolen)" 0 'logins that went elsewhere'
grep -q '"authorization": "Basic' "$dir/proxy.log" || fail 'the registry itself got no login'
