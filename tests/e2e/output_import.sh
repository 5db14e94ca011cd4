#!/bin/sh
# image.oci(path) takes layouts, OCI tars and docker tars as bases, with the layers that they hold.
. "$(dirname "$0")/lib.sh"
needs skopeo

workspace seed <<'LUA'
local base = require 'base'
service 'seed' { from = base, env = { SEEDED = 'yes' }, steps = { sh { 'echo text > /file' } } }
LUA
build seed -o "type=oci,dest=$dir/app/layout/" -o "type=oci,dest=$dir/app/oci.tar" -o "type=docker,dest=$dir/app/docker.tar"

layers() { tr -d ' \n' <"$1" | sed 's/.*"diff_ids":\[\([^]]*\)\].*/\1/' | tr ',' '\n'; }
skopeo inspect --config "oci:$dir/app/layout" >"$dir/config.seed"
for form in layout oci.tar docker.tar; do
  workspace app <<LUA
service 'app' { from = image.oci('$form'), steps = { sh { 'cat /file > /seen; echo \$SEEDED >> /seen' } } }
LUA
  build app --store "$dir/store-app" -o "type=oci,dest=$dir/$form.out" -o "type=local,dest=$dir/files-$form"
  same "$(tr '\n' ' ' <"$dir/files-$form/seen")" 'text yes ' "what a step saw on $form"
  skopeo inspect --config "oci-archive:$dir/$form.out" >"$dir/config"
  same "$(layers "$dir/config" | head -n 3)" "$(layers "$dir/config.seed")" "the layers that came from $form"
done

# The key is the image's, not the file's: the step on top ran once for the three forms of one image.
same "$(ran)" "base/$dir/app/docker.tar" 'steps that ran for the third form'

# What is no image is named, with the line that asked for it.
cd "$dir/app"
echo nonsense >broken.tar
echo "service 'app' { from = image.oci('broken.tar') }" >Buildfile.lua
fails_with 1 'broken.tar' "$TIERBUILD" build --progress=plain app
prints 'Buildfile.lua:1'
echo "service 'app' { from = image.oci('missing.tar') }" >Buildfile.lua
fails_with 2 'missing.tar' "$TIERBUILD" build --progress=plain app
