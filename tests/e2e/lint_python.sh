#!/bin/sh
# Requirements are compared with what the tier really has installed, and --fix drops or pins exact lines.
. "$(dirname "$0")/lib.sh"

package() { # NAME VERSION [REQUIRES-DIST]
  mkdir -p "site/$1-$2.dist-info"
  printf 'Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s\n' "$1" "$2" "${3:+Requires-Dist: $3}" >"site/$1-$2.dist-info/METADATA"
}
workspace <<'LUA'
local base = require 'base'
local site = '/usr/lib/python3.11/site-packages'
local web = tier 'web' { from = base, copy = { { 'site', to = site } } }
tier 'python' { from = web, copy = { { 'bin', to = '/usr/bin' } } }
service 'api' { from = 'python', healthcheck = health.none(), user = { 'app', uid = 1000 },
  pip = python.requirements 'requirements.txt' }
lint { base_duplicate = 'error', unpinned = 'error', build_tools_in_runtime = 'off' }
LUA
package fastapi 0.118.0 'starlette<0.49,>=0.40.0'
package starlette 0.48.0
mkdir bin
# A pip that only pretends: what it would install is a dist-info directory.
cat >bin/python3 <<'SH'
#!/bin/sh
mkdir -p /usr/lib/python3.11/site-packages/torch-2.5.1.dist-info
printf 'Metadata-Version: 2.1\nName: torch\nVersion: 2.5.1\n' >/usr/lib/python3.11/site-packages/torch-2.5.1.dist-info/METADATA
SH
chmod 755 bin/python3
cat >requirements.txt <<'REQUIREMENTS'
# what the api needs
starlette>=0.45   # twice
torch>=2.0,<3.0   # inference
REQUIREMENTS

fails_with 3 'error\[unpinned\]: torch' "$TIERBUILD" lint
prints 'note\[base_duplicate\].*not in the store'
build
fails_with 3 "error\[base_duplicate\]: starlette is in tier 'python' already: starlette 0.48.0 is installed there for fastapi" "$TIERBUILD" lint
prints 'requirements.txt:2:1'
prints 'write torch==2.5.1'

fails_with 0 'fixed 2 findings' "$TIERBUILD" lint --fix
cat >expected <<'REQUIREMENTS'
# what the api needs
torch==2.5.1   # inference
REQUIREMENTS
cmp expected requirements.txt || fail "the fixed file is: $(cat requirements.txt)"
fails_with 0 '^0 errors' "$TIERBUILD" lint --fix
cmp expected requirements.txt

# A comment in the requirements file allows a finding; one that allows nothing is a finding itself.
printf 'starlette==0.48.0 # tierbuild: allow base_duplicate the api may outlive the tier\n' >>requirements.txt
build
fails_with 0 '1 allowed' "$TIERBUILD" lint
printf '# tierbuild: allow base_duplicate for later\n' >>requirements.txt
fails_with 0 'warning\[allow_comment\]: nothing here needs base_duplicate' "$TIERBUILD" lint

# An entry in Lua goes too, and only that. What layers hold is read once: without their bytes, lint says the same.
sed -i "s|pip = python.requirements 'requirements.txt'|pip = { 'requests==2.32.5', 'starlette==0.48.0', 'fastapi==0.118.0' }|" Buildfile.lua
"$TIERBUILD" lint >"$dir/before" 2>&1 || true
find "$TIERBUILD_STORE/blobs" -type f -size +0 -exec truncate -s 0 {} +
fails_with 3 "error\[base_duplicate\]: starlette is in tier 'python' already" "$TIERBUILD" lint
cmp "$dir/before" "$dir/out" || fail 'a layer was read again'
fails_with 0 'fixed 1 finding' "$TIERBUILD" lint --fix
grep -qF "pip = { 'requests==2.32.5' }" Buildfile.lua || fail "the fixed line is: $(grep 'pip =' Buildfile.lua)"

# So are packages that the steps of an image install.
sed -i "s|pip = { 'requests==2.32.5' }|from = image.from('python'):with(unpack(python.install { 'torch>=2' }))|; s|service 'api' { from = 'python',|service 'api' {|" Buildfile.lua
fails_with 3 'error\[unpinned\]: torch>=2 does not name one version' "$TIERBUILD" lint
rm -r "$TIERBUILD_STORE"
build
fails_with 3 'help: the image has torch 2.5.1: write torch==2.5.1' "$TIERBUILD" lint
! grep -q 'error.base_duplicate' "$dir/out" || fail 'what an image installs counts as a duplicate of itself'
