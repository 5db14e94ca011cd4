#!/bin/sh
# A registry that wants tokens: anonymous pulls, identity tokens in place of passwords, and one that expires in a push.
. "$(dirname "$0")/lib.sh"
needs openssl python3 skopeo
certificate "$dir/tokens"
python3 "$tests/token_server.py" "$dir/tokens/key.pem" "$dir/tokens/cert.pem" ann secret "$dir/token.log" \
  >"$dir/token.port" 2>"$dir/token.err" &
started $!
wait_for 20 test -s "$dir/token.port" || fail "no token server could be started: $(cat "$dir/token.err")"
tokens=http://127.0.0.1:$(cat "$dir/token.port")/token
registry_more="auth: {token: {realm: '$tokens', service: test, issuer: test, rootcertbundle: $dir/tokens/cert.pem}}"
start_registry
start_proxy "$registry"
export DOCKER_CONFIG="$dir/docker"

mkdir -p "$dir/ws"
head -c 6000000 /dev/urandom >"$dir/ws/noise"
workspace <<LUA
local base = require 'base'
registry '$proxy/acme' { compression = 'none', chunk = '64KiB', bandwidth = '1MB' }
service 'web' { from = base, copy = { { 'noise', to = '/noise' } }, cmd = { 'true' } }
LUA
build web
fails_with 1 'denied|login' "$TIERBUILD" push --progress=plain web
fails_with 1 'does not accept the login' sh -c "echo wrong | '$TIERBUILD' login -u ann --password-stdin $proxy"
[ ! -e "$DOCKER_CONFIG/config.json" ] || fail 'a login was saved that nobody accepted'
echo secret | "$TIERBUILD" login -u ann --password-stdin "$proxy" >"$dir/out" 2>&1 || fail 'the login was refused'
grep -q identitytoken "$DOCKER_CONFIG/config.json" || fail 'no identity token was saved'
! grep -q "$(printf ann:secret | base64)" "$DOCKER_CONFIG/config.json" || fail 'the password was saved'

# Tokens that the registry takes for two seconds, in a push of eight.
echo 2 >"$dir/token.log.lifetime"
faults '[]'
build web --push
[ "$(grep -c '^POST .*acme/web:pull,push' "$dir/token.log")" -ge 3 ] || fail 'no token was renewed in the push'
expired=$(grep -c '"method": "PATCH".*"status": 401' "$dir/proxy.log") || fail 'no token expired within the blob'
# Each costs a piece at most; how many expire depends on how fast this machine is.
[ "$(count body)" -le $((8200000 + expired * 65536)) ] || fail "$(count body) bytes were sent, $expired tokens expired"
rm "$dir/token.log.lifetime"

# Who has no login may pull, with an anonymous token.
DOCKER_CONFIG="$dir/nobody" "$TIERBUILD" pull --store "$dir/store2" "$proxy/acme/web:latest" >"$dir/out" 2>&1 ||
  fail 'the anonymous pull failed'
grep -q 'GET .*acme%2Fweb%3Apull without login' "$dir/token.log" || fail 'the token of the pull was not anonymous'
same "$(skopeo inspect --tls-verify=false --creds ann:secret --format '{{.Digest}}' "docker://$registry/acme/web:latest")" \
  "$(digest_of web)" 'the image that skopeo sees'
