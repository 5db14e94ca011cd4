#!/bin/sh
# Logins: from the files of other tools, saved and removed by our own verbs, in a file or in a credential helper.
. "$(dirname "$0")/lib.sh"
needs skopeo base64 python3
start_registry ann secret

login() { printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(printf '%s' "$1" | base64)" >"$dir/auth.json"; }
export REGISTRY_AUTH_FILE="$dir/auth.json"
login ann:secret
workspace <<LUA
local base = require 'base'
registry '$registry/acme' { }
service 'web' { from = base, cmd = { 'true' } }
LUA
build web --push
skopeo inspect --tls-verify=false --creds ann:secret "docker://$registry/acme/web:latest" >"$dir/seen.json"

workspace on <<LUA
service 'app' { from = '$registry/acme/web:latest' }
LUA
fails_with 0 'app' "$TIERBUILD" build --store "$dir/store2" --progress=plain

login ann:wrong
fails_with 1 "$registry" "$TIERBUILD" build --store "$dir/store3" --progress=plain
prints 'credentials|login|denied|unauthorized'
prints "tierbuild login $registry"
! grep -q 'wrong' "$dir/out" || fail 'the password is in the message'

echo '{}' >"$dir/auth.json"
fails_with 1 "$registry" "$TIERBUILD" build --store "$dir/store3" --progress=plain
prints 'credentials|login|denied|unauthorized'
cd "$dir/ws"
fails_with 1 "$registry" "$TIERBUILD" push --progress=plain web

# Only what the registry accepts is saved; what the file held stays, and nobody else may read it.
unset REGISTRY_AUTH_FILE
export DOCKER_CONFIG="$dir/docker"
file=$DOCKER_CONFIG/config.json
mkdir -p "$DOCKER_CONFIG"
echo '{"psFormat":"x","auths":{"other.example":{"auth":"YTpi"}}}' >"$file"
cp "$file" "$dir/before"
as() { printf '%s\n' "$2" | "$TIERBUILD" login -u "$1" --password-stdin "https://$registry/v2/"; }
fails_with 1 'does not accept the login' as ann wrong
cmp -s "$file" "$dir/before" || fail 'a refused login was saved'
fails_with 0 "logged in to $registry" as ann secret
prints "$file, which is not encrypted"
same "$(stat -c %a "$file")" 600 'the mode of the file'
grep -q psFormat "$file" || fail 'other settings were lost'
grep -q other.example "$file" || fail 'other logins were lost'
"$TIERBUILD" push --progress=plain -t "$registry/acme/saved:1" web >"$dir/out" 2>&1 || fail 'the saved login is not used'
skopeo inspect --tls-verify=false --authfile "$file" "docker://$registry/acme/saved:1" >"$dir/seen.json"
fails_with 0 "logged out of $registry" "$TIERBUILD" logout "$registry"
fails_with 0 'there was no login' "$TIERBUILD" logout "$registry"
grep -q other.example "$file" || fail 'logout took another login'
fails_with 1 "$registry" "$TIERBUILD" push --progress=plain -t "$registry/acme/saved:2" web

# Without a terminal, and without a sensible host.
fails_with 2 'no terminal' "$TIERBUILD" login "$registry" </dev/null
fails_with 2 'not the host' "$TIERBUILD" login -u ann 'no host' </dev/null

# A helper keeps what it is given.
mkdir -p "$dir/bin"
cat >"$dir/bin/docker-credential-tbtest" <<'HELPER'
#!/bin/sh
read -r input
case $1 in
  store) printf '%s' "$input" >"$TIERBUILD_TEST_DIR/chain" ;;
  get) [ -f "$TIERBUILD_TEST_DIR/chain" ] && cat "$TIERBUILD_TEST_DIR/chain" ||
    { echo 'credentials not found in native keychain'; exit 1; } ;;
  erase) rm -f "$TIERBUILD_TEST_DIR/chain" ;;
esac
HELPER
chmod +x "$dir/bin/docker-credential-tbtest"
PATH=$dir/bin:$PATH
echo '{"credsStore":"tbtest"}' >"$file"
fails_with 0 'kept by docker-credential-tbtest' as ann secret
! grep -q "$(printf ann:secret | base64)" "$file" || fail 'the file has the password although there is a helper'
"$TIERBUILD" push --progress=plain -t "$registry/acme/helped:1" web >"$dir/out" 2>&1 || fail "the helper's login is not used"
fails_with 0 'logged out' "$TIERBUILD" logout "$registry"
[ ! -e "$dir/chain" ] || fail 'the helper still has the login'

# On a terminal, what is typed is not shown.
rm "$file"
cat >"$dir/type.py" <<'PYTHON'
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
def until(text):
    global seen
    while text not in seen:
        seen += os.read(terminal, 1000)
until(b"user of"); os.write(terminal, b"ann\n")
until(b"password of"); os.write(terminal, b"sexx\x7f\x7fcret\n")
try:
    while piece := os.read(terminal, 1000):
        seen += piece
except OSError:
    pass
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) or b"cret" in seen)
PYTHON
python3 "$dir/type.py" "$TIERBUILD" login "$registry" >"$dir/out" 2>&1 || fail 'the login at a terminal failed'
prints 'logged in to'

# podman keeps logins of namespaces: the one that has most of the name counts.
export REGISTRY_AUTH_FILE="$dir/auth.json"
entry() { printf '"%s":{"auth":"%s"}' "$1" "$(printf '%s' "$2" | base64)"; }
printf '{"auths":{%s,%s}}' "$(entry "$registry" ann:wrong)" "$(entry "$registry/acme" ann:secret)" >"$dir/auth.json"
"$TIERBUILD" push --progress=plain -t "$registry/acme/spaced:1" web >"$dir/out" 2>&1 || fail "the namespace's login is not used"
fails_with 1 'does not accept' "$TIERBUILD" push --progress=plain -t "$registry/other/spaced:1" web
