#!/bin/sh
# .dockerignore in the root of the workspace keeps files out of copies and mounts, and .tierbuildignore wins over it.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'api' { from = base, copy = { { 'src', to = '/app' } } }
service 'all' { from = base, copy = { { files { '**' }, to = '/all' } } }
LUA
mkdir -p src/__pycache__ .git docs
echo code >src/main.py
echo one >src/__pycache__/main.pyc
echo notes >docs/notes.md
cat >.dockerignore <<'END'
# what no image needs
.git
**/__pycache__
docs
!docs/LICENSE
*.swp
END
build
# holds TARGET NAME…: the names of files, but for those of the base
holds() {
  target=$1
  shift
  "$TIERBUILD" build -q -o "type=tar,dest=$dir/$target.tar" "$target" >"$dir/out" 2>"$dir/err"
  same "$(tar -tf "$dir/$target.tar" | grep -E '^(app|all)/.*[^/]$' | sort | tr '\n' ' ')" "$* " "files of $target"
}
holds api app/main.py
holds all all/.dockerignore all/Buildfile.lua all/base.lua all/busybox all/src/main.py

# What is ignored changes no layer, and what is ignored by name is missed where it is asked for.
echo two >src/__pycache__/main.pyc
echo x >.main.py.swp
echo more >docs/notes.md
build
same "$(ran)" '' 'steps that ignored files run'
sed -i "s|'src', to|'docs/notes.md', to|" Buildfile.lua
fails_with 1 "no file 'docs/notes.md' in the workspace" "$TIERBUILD" build api
prints 'Buildfile.lua:2:'
prints '.dockerignore or .exclude. may leave the file out'

# A file of one's own takes its place.
echo '**/__pycache__' >.tierbuildignore
holds all all/.dockerignore all/.main.py.swp all/.tierbuildignore all/Buildfile.lua all/base.lua all/busybox all/docs/notes.md all/src/main.py
