#!/bin/sh
# `init` writes a Buildfile that evaluates, from what is in the repository, and never over one that is there.
. "$(dirname "$0")/lib.sh"

planned() { "$TIERBUILD" plan --offline >"$dir/out" 2>&1 || fail "the plan of $1 ended with status $?"; }
init() {
  mkdir -p "$dir/$1"
  cd "$dir/$1"
  "$TIERBUILD" init >"$dir/out" 2>&1 || fail "init of $1 ended with status $?"
}

mkdir -p "$dir/shop/services/api" "$dir/shop/services/web" "$dir/shop/apps/admin" "$dir/shop/apps/Odd_Name"
cd "$dir/shop"
printf 'flask==3.0\n# a comment\n' >services/api/requirements.txt
echo 'print()' >services/api/main.py
printf 'FROM debian:12 AS build\nRUN true\nFROM debian:12-slim\nEXPOSE 8080\nCMD ["/app/run", "it'"'"'s"]\n' >services/web/Dockerfile
echo '{"scripts": {"start": "node index.js"}}' >apps/admin/package.json
echo '{}' >apps/admin/package-lock.json
printf '[project]\nname = "odd"\n' >apps/Odd_Name/pyproject.toml
echo '3.11.4' >.python-version
init shop
for word in "service 'api'" "service 'web'" "service 'admin'" "service 'odd_name'" "'python:3.11-slim'" "'debian:12-slim'" \
  "'npm', 'ci'" "expose = { 8080 }" "'main.py'"; do
  grep -qF "$word" Buildfile.lua || fail "the Buildfile lacks: $word"
done
planned shop
prints 'python:3.11-slim'
[ -x tierbuild ] || fail 'the wrapper is not executable'

# Nothing is overwritten.
cp Buildfile.lua before
fails_with 2 'Buildfile.lua.* exists already' "$TIERBUILD" init
cmp Buildfile.lua before || fail 'the Buildfile was overwritten'
"$TIERBUILD" init --print | cmp - before || fail '--print says something else'
ls >"$dir/listing"
"$TIERBUILD" init --print >"$dir/out"
ls | cmp - "$dir/listing" || fail '--print wrote a file'
echo mine >tierbuild
fails_with 0 'kept tierbuild' "$TIERBUILD" init --wrapper
same "$(cat tierbuild)" mine 'the wrapper that was there'

# Kinds of repositories at the root, and an empty one.
for kind in requirements.txt pyproject.toml Dockerfile package.json nothing; do
  mkdir -p "$dir/root-$kind"
  case $kind in Dockerfile) text='FROM scratch' ;; package.json) text='{}' ;; *) text='' ;; esac
  [ $kind = nothing ] || echo "$text" >"$dir/root-$kind/$kind"
  init "root-$kind"
  planned "root-$kind"
done
