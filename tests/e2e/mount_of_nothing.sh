#!/bin/sh
# A stage that made nothing can be mounted: it is an empty directory.
. "$(dirname "$0")/lib.sh"
workspace <<'LUA'
local base = require 'base'
local nothing = image.scratch():with(layer.build 'nothing' { on = base, sh = [[ true ]] })
service 'app' {
  from  = base,
  steps = { sh { [[ ls -A /wheels | wc -l > /count ]], mounts = { bind.mount { from = nothing, target = '/wheels' } } } },
}
LUA
build app -o "type=local,dest=$dir/tree"
same "$(cat "$dir/tree/count")" 0 'files in the mount'
