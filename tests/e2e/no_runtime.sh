#!/bin/sh
# A host without an OCI runtime: status 4, with the command that installs one.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'a' { from = base }
LUA
mkdir "$dir/empty"
fails_with 4 'runtime' env PATH="$dir/empty" "$TIERBUILD" build
prints 'apt(-get)? install.*runc'
fails_with 4 'runc: not an executable file' env TIERBUILD_RUNTIME="$dir/empty/runc" "$TIERBUILD" build

# With one, the same store and workspace build.
build
