#!/bin/sh
# What a build saw of its sources is kept, and the next one compares stats with it: whatever changes then, the image is
# the one that a build without anything kept makes.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
service 'whole' { from = image.scratch(), copy = { { 'tree', to = '/tree' } } }
service 'some' { from = image.scratch(), copy = { { files { 'tree/**/*.py' }, to = '/some/' } } }
service 'one' { from = image.scratch(), copy = { { 'tree/a.py', to = '/one' } } }
LUA
mkdir -p tree/deep/er tree/empty
for name in a.py b.txt deep/c.py deep/er/d.py; do echo "$name" >"tree/$name"; done
ln -s a.py tree/link
find . -exec touch -h -d '2020-01-01' {} +

# compared WHAT: the images are those of a new store.
compared() {
  sleep 0.1 # so that what was touched is kept by the next build
  "$TIERBUILD" build -q >"$dir/kept" 2>"$dir/err" || fail "$1: $(cat "$dir/err")"
  rm -rf "$dir/other"
  TIERBUILD_STORE="$dir/other" "$TIERBUILD" build -q >"$dir/anew" 2>"$dir/err" || fail "$1: $(cat "$dir/err")"
  diff "$dir/anew" "$dir/kept" || fail "$1 was not seen"
  "$TIERBUILD" build -q >"$dir/again" 2>"$dir/err" || fail "after $1: $(cat "$dir/err")"
  diff "$dir/anew" "$dir/again" || fail "after $1 the images are others"
}
compared 'the first build'
echo 'A.py' >tree/a.py; compared 'an edit that keeps the size'
echo new >tree/deep/new.py; compared 'a new file'
rm tree/deep/new.py; compared 'a file that is gone'
chmod 755 tree/deep/er/d.py; compared 'a new mode'
mkdir tree/deep/more; compared 'a new directory'
rmdir tree/empty; compared 'a directory that is gone'
ln -sfn b.txt tree/link; compared 'another target of a symlink'
echo replaced >other; mv other tree/b.txt; compared 'a file that took the place of another'
mv tree/deep/er tree/er; compared 'a directory that was moved'
echo '**/c.py' >.dockerignore; compared 'a new ignore file'
echo '**/b.txt' >.tierbuildignore; compared 'an ignore file of the other name'
echo '# nothing' >.tierbuildignore; compared 'an edited ignore file'
rm .tierbuildignore .dockerignore; compared 'no ignore file'
mv tree elsewhere; mkdir tree; cp -a elsewhere/. tree; compared 'a copy with the same times'

# All files below are as they were.
mv tree real; ln -s real tree
sed -i "/^service '[so][on]/d" Buildfile.lua
compared 'a directory that became a symlink'
