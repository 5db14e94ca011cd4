#!/bin/sh
# What is pushed beside images: packages as SPDX, provenance as SLSA, signatures as cosign makes them. Each is checked
# by code of its own (supply_chain.py, and openssl).
. "$(dirname "$0")/lib.sh"
needs skopeo python3 openssl curl
case $(uname -m) in x86_64) host=amd64 ;; aarch64) host=arm64 ;; *) skip "knows amd64 and arm64, not $(uname -m)" ;; esac
start_registry
canary=c4n4ry-9f2e7b61

# A small image that looks like a Debian with Python and Node; dpkg itself is not needed to be read.
workspace <<LUA
local base = require 'base'
registry '$registry/acme' { }
platforms { 'linux/amd64', 'linux/arm64' }
arg 'flavour' { 'plain' }
service 'web' {
  from = image.scratch(),
  copy = { { 'tree', to = '/' } },
}
-- What dpkg knows of the host that runs this.
service 'host' { from = image.scratch(), copy = { { 'host/status', to = '/var/lib/dpkg/' } }, platforms = { 'linux/$host' } }
service 'job' {
  from = base,
  steps = { run { 'sh', '-c', 'test -s /run/secrets/token && echo done >/done',
                  mounts = { secret.mount { id = 'token' } } } },
  platforms = { 'linux/$host' },
}
LUA
mkdir -p tree/var/lib/dpkg tree/etc tree/usr/lib/python3/dist-packages/Demo_Pkg-1.5.dist-info tree/app/node_modules
cat >tree/etc/os-release <<'TEXT'
ID=debian
VERSION_ID="12"
TEXT
cat >tree/var/lib/dpkg/status <<'TEXT'
Package: bash
Status: install ok installed
Maintainer: Matthias Klose <doko@debian.org>
Architecture: amd64
Version: 5.2.15-2+b7
Description: GNU Bourne Again SHell
 Package: nothing

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Version: 2:2.36-9+deb12u4
TEXT
printf 'Metadata-Version: 2.1\nName: Demo.Pkg\nVersion: 1.5\n\nText\n' >tree/usr/lib/python3/dist-packages/Demo_Pkg-1.5.dist-info/METADATA
cat >tree/app/node_modules/.package-lock.json <<'TEXT'
{"name":"app","lockfileVersion":3,"packages":{"node_modules/@scope/left":{"version":"1.2.3"}}}
TEXT
echo '{"lockfileVersion":3,"packages":{"":{"version":"1.0.0"},"node_modules/dev-only":{"version":"9.9.9"}}}' >tree/app/package-lock.json
mkdir host
if [ -s /var/lib/dpkg/status ] && command -v dpkg-query >/dev/null; then
  cp /var/lib/dpkg/status host/status
  dpkg-query -W -f '${Package} ${Version} ${Architecture} ${db:Status-Status}\n' >host/expected
else
  echo >host/status
  : >host/expected
fi
printf '%s' "$canary" >"$dir/token"

openssl ecparam -genkey -name prime256v1 -noout -out "$dir/key.pem" 2>"$dir/err"
openssl ec -in "$dir/key.pem" -pubout -out "$dir/key.pub" 2>"$dir/err"
openssl ecparam -genkey -name prime256v1 -noout -out "$dir/other.pem" 2>"$dir/err"
openssl ec -in "$dir/other.pem" -pubout -out "$dir/other.pub" 2>"$dir/err"

push() {
  "$TIERBUILD" push web job host --sbom --provenance --sign "$dir/key.pem" --secret "id=token,src=$dir/token" \
    --arg "flavour=x$canary" --progress=json "$@" >"$dir/out" 2>"$dir/err" || fail "push ended with status $?"
}
check() { python3 "$tests/supply_chain.py" "$registry" "$dir/key.pub" "$dir" "$@" || fail "supply_chain.py: $*"; }
push --metadata-file "$dir/metadata.json"
check web "$canary"
check job "$canary"
check host "$canary"

# Pushed again, nothing is added: the same bytes, and the signature that is there.
curl -s "http://$registry/v2/acme/web/tags/list" | python3 -c 'import json,sys; print(sorted(json.load(sys.stdin)["tags"]))' >"$dir/tags"
state() {
  for tag in $(python3 -c 'import ast,sys; print("\n".join(ast.literal_eval(open(sys.argv[1]).read())))' "$dir/tags"); do
    curl -s -H 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' \
      "http://$registry/v2/acme/web/manifests/$tag" | sha256sum
  done
}
before=$(state)
push
same "$(state)" "$before" 'the tags after a second push'
# Nor by another store, which makes the images anew.
TIERBUILD_STORE="$dir/store2" push
same "$(state)" "$before" 'the tags after the push of another store'

fails_with 0 '^REFERRER' "$TIERBUILD" inspect "$registry/acme/web" --remote
prints 'application/spdx\+json'
prints 'application/vnd.in-toto\+json \(https://slsa.dev/provenance/v1\)'
prints 'application/vnd.dev.cosign.artifact.sig.v1\+json'
fails_with 0 '"artifactType": "application/spdx\+json"' "$TIERBUILD" inspect web --remote --json
fails_with 0 '^verified: sha256:' "$TIERBUILD" inspect web --verify "$dir/key.pub"
fails_with 1 'no signature of this key' "$TIERBUILD" inspect web --verify "$dir/other.pub"
fails_with 2 'holds no public ECDSA key' "$TIERBUILD" inspect web --verify "$dir/token"

# Another key adds its signature.
"$TIERBUILD" push web --sign "$dir/other.pem" --arg "flavour=x$canary" >"$dir/out" 2>&1 || fail 'the second key'
for key in key other; do fails_with 0 '^verified' "$TIERBUILD" inspect web --verify "$dir/$key.pub"; done

# Many at once lose nothing, though this registry has no referrers, and no condition for its tags.
for number in 1 2 3 4; do
  openssl ecparam -genkey -name prime256v1 -noout -out "$dir/many$number.pem" 2>"$dir/err"
  openssl ec -in "$dir/many$number.pem" -pubout -out "$dir/many$number.pub" 2>"$dir/err"
  cp -r "$dir/store" "$dir/store-many$number"
done
for number in 1 2 3 4; do
  TIERBUILD_STORE="$dir/store-many$number" "$TIERBUILD" push web --sign "$dir/many$number.pem" --arg "flavour=x$canary" \
    >"$dir/out-many$number" 2>&1 &
  eval "many$number=\$!"
done
for number in 1 2 3 4; do eval "wait \$many$number" || fail "push $number of many: $(cat "$dir/out-many$number")"; done
for number in 1 2 3 4; do fails_with 0 '^verified' "$TIERBUILD" inspect web --verify "$dir/many$number.pub"; done
rm -rf "$dir"/store-many*

# An index that is signed stays an index of images alone.
skopeo copy --all --src-tls-verify=false "docker://$registry/acme/web:latest" "dir:$dir/all" >"$dir/out" 2>&1 ||
  fail 'skopeo cannot copy the index'

# A key with a password, and one of another kind, are refused before anything is pushed.
openssl ec -in "$dir/key.pem" -aes256 -passout pass:x -out "$dir/locked.pem" 2>"$dir/err"
openssl pkcs8 -topk8 -in "$dir/key.pem" -passout pass:x -out "$dir/guarded.pem" 2>"$dir/err"
fails_with 2 'guarded by a password' "$TIERBUILD" push web --sign "$dir/guarded.pem"
fails_with 2 'holds no private ECDSA key' "$TIERBUILD" push web --sign "$dir/locked.pem"

# The secret, which an argument repeated, is in nothing that was pushed or kept; only evaluations know their arguments.
"$TIERBUILD" logs job >"$dir/logs" 2>/dev/null || true
rm -r "$dir/token" "$dir/store/evaluations" "$dir/store2/evaluations"
grep -rlF "$canary" "$dir/registry" "$dir/store" "$dir/store2" "$dir/logs" "$dir/err" >"$dir/found" || true
[ ! -s "$dir/found" ] || fail "the secret is in $(cat "$dir/found")"
