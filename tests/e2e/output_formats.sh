#!/bin/sh
# Each kind of --output can be read by the tools that it is for, and holds the same layers.
. "$(dirname "$0")/lib.sh"
needs skopeo umoci

workspace <<'LUA'
local base = require 'base'
service 'web' { from = base, tags = { 'example.org/web:1' }, steps = { sh { 'echo text > /file; chmod 600 /file' } }, cmd = { 'true' } }
LUA
build web -o "type=oci,dest=$dir/web.oci.tar" -o "type=oci,dest=$dir/layout/" -o "type=docker,dest=$dir/web.docker.tar" \
  -o "type=tar,dest=$dir/web.tar" -o "type=local,dest=$dir/files"
digest=$(digest_of web)

# OCI, as a tar and as a directory
diff_ids() { tr -d ' \n' <"$1" | sed 's/.*"diff_ids":\[\([^]]*\)\].*/\1/'; }
skopeo inspect "oci-archive:$dir/web.oci.tar" >"$dir/seen"
same "$(json_get "$dir/seen" Digest)" "$digest" 'the digest in the OCI tar'
skopeo inspect --config "oci-archive:$dir/web.oci.tar" >"$dir/config"
tag=$(umoci list --layout "$dir/layout" | head -n 1)
[ -n "$tag" ] || fail "umoci finds no tag in the layout: $(cat "$dir/layout/index.json")"
umoci unpack --image "$dir/layout:$tag" "$dir/bundle" >"$dir/out" 2>&1 || fail 'umoci cannot unpack it'
same "$(cat "$dir/bundle/rootfs/file")" text 'the file that umoci unpacked'

# Docker's own
skopeo inspect --config "docker-archive:$dir/web.docker.tar" >"$dir/config-docker"
same "$(diff_ids "$dir/config-docker")" "$(diff_ids "$dir/config")" 'the diff ids in the docker tar'
tar -xOf "$dir/web.docker.tar" manifest.json | grep -q '"example.org/web:1"' || fail 'the docker tar lacks the name'

# The files alone
tar -tf "$dir/web.tar" | sed 's,^\./,,' | grep -qx file || fail 'the tar lacks the file'
same "$(cat "$dir/files/file") $(stat -c %a "$dir/files/file")" 'text 600' 'the file in the directory'
(cd "$dir/files" && find . | sed 's,^\./,,; s,^\.$,,' | sort) >"$dir/from-local"
(cd "$dir/bundle/rootfs" && find . | sed 's,^\./,,; s,^\.$,,' | sort) >"$dir/from-umoci"
diff "$dir/from-local" "$dir/from-umoci" >"$dir/out" || fail 'type=local and umoci differ'

# Without a destination a tar goes to standard output, alone.
"$TIERBUILD" build web -o type=tar 2>"$dir/err" | cmp - "$dir/web.tar" || fail 'the tar on standard output differs'

if command -v script >/dev/null; then
  fails_with 2 'not written to a terminal' script -qec "'$TIERBUILD' build web -o type=tar" /dev/null
fi

# Wrong ones are named.
fails_with 2 'zip' "$TIERBUILD" build web -o "type=zip,dest=$dir/x"
prints 'oci.*docker.*tar.*local'
fails_with 2 'dest' "$TIERBUILD" build web -o type=local
fails_with 2 'colour' "$TIERBUILD" build web -o "type=oci,dest=$dir/x,colour=red"
