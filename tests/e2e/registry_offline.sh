#!/bin/sh
# --offline: no request is made, whatever is asked for, and the error names what would have been fetched.
. "$(dirname "$0")/lib.sh"
start_registry
start_proxy "$registry"

workspace <<LUA
local base = require 'base'
registry '$proxy' { }
service 'web' { from = base, cmd = { 'true' } }
LUA
build web --push
workspace on <<LUA
registry '$proxy' { mirror = { ['$proxy'] = 'mirror.invalid' } }
service 'app' { from = '$proxy/web:latest' }
service 'fetched' {
  from = image.scratch(),
  copy = { { fetch { 'http://$proxy/file', sha256 = '$(printf x | sha256sum | cut -c1-64)' }, to = '/file' } },
}
LUA
faults '[]'
fails_with 1 "$proxy/web:latest.*offline" "$TIERBUILD" build --progress=plain --offline app
fails_with 1 "http://$proxy/file .*--offline" "$TIERBUILD" build --progress=plain --offline fetched
fails_with 1 "--offline .*$proxy/v2/web/manifests/latest" "$TIERBUILD" pull --offline "$proxy/web:latest"
fails_with 1 "$proxy/other:1" env TIERBUILD_OFFLINE=1 "$TIERBUILD" inspect "$proxy/other:1"
prints '--offline'
fails_with 1 '--offline' env TIERBUILD_OFFLINE=1 "$TIERBUILD" lock
cd "$dir/ws"
fails_with 1 "cannot push $proxy/web:latest.*--offline" "$TIERBUILD" push --progress=plain --offline web
same "$(count requests)" 0 'requests of offline runs'

# What the store has needs none.
build web --offline
build app -C "$dir/on"
faults '[]'
build app -C "$dir/on" --offline
same "$(count requests)" 0 'requests of offline builds'
