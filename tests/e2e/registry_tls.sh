#!/bin/sh
# A registry with a login over TLS: its CA, and a certificate to show it, come from `certs.d`.
. "$(dirname "$0")/lib.sh"
needs skopeo
certificate "$dir/ca"
certificate "$dir/server" "$dir/ca"
certificate "$dir/other-ca"
certificate "$dir/client" "$dir/ca"
registry_tls=$dir/server
start_registry ann secret
export TIERBUILD_CERTS="$dir/certs" REGISTRY_AUTH_FILE="$dir/auth.json"
host=$TIERBUILD_CERTS/$registry
mkdir -p "$host"

workspace <<LUA
local base = require 'base'
registry '$registry/acme' { }
service 'web' { from = base, cmd = { 'true' } }
LUA
# Neither a host without CAs nor one with a foreign one is believed, and the password is not sent.
fails_with 1 'certificate' sh -c "echo secret | '$TIERBUILD' login -u ann --password-stdin $registry"
prints "certs.d/$registry/ca.crt"
cp "$dir/other-ca/cert.pem" "$host/ca.crt"
fails_with 1 'certificate' sh -c "echo secret | '$TIERBUILD' login -u ann --password-stdin $registry"
[ ! -e "$REGISTRY_AUTH_FILE" ] || fail 'a login was saved that nobody accepted'

cp "$dir/ca/cert.pem" "$host/ca.crt"
fails_with 1 'does not accept the login' sh -c "echo wrong | '$TIERBUILD' login -u ann --password-stdin $registry"
echo secret | "$TIERBUILD" login -u ann --password-stdin "$registry" >"$dir/out" 2>&1 || fail 'the login was refused'
build web --push
same "$(skopeo inspect --authfile "$REGISTRY_AUTH_FILE" --cert-dir "$host" --format '{{.Digest}}' "docker://$registry/acme/web:latest")" \
  "$(digest_of web)" 'the image that skopeo sees'
"$TIERBUILD" pull --store "$dir/store2" "$registry/acme/web:latest" >"$dir/out" 2>&1 || fail 'the pull failed'

# The directories of the user, without the variable.
mkdir -p "$HOME/.config/containers/certs.d"
mv "$host" "$HOME/.config/containers/certs.d/"
host=$HOME/.config/containers/certs.d/$registry
TIERBUILD_CERTS='' "$TIERBUILD" pull --store "$dir/store3" "$registry/acme/web:latest" >"$dir/out" 2>&1 ||
  fail 'the certificates of the home directory are not used'

# A registry that wants to see a certificate.
stop "$registry_pid"
registry_clients=$dir/ca/cert.pem
start_registry ann secret
mv "$host" "$HOME/.config/containers/certs.d/$registry" 2>/dev/null || true
host=$HOME/.config/containers/certs.d/$registry
workspace <<LUA
local base = require 'base'
registry '$registry/acme' { }
service 'web' { from = base, cmd = { 'true' } }
LUA
printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(printf ann:secret | base64)" >"$REGISTRY_AUTH_FILE"
fails_with 1 "$registry" "$TIERBUILD" push --progress=plain web
cp "$dir/client/cert.pem" "$host/client.cert"
fails_with 2 'client.key is missing' "$TIERBUILD" push --progress=plain web
cp "$dir/client/key.pem" "$host/client.key"
build web --push
