#!/bin/sh
# The embedding API as its users get it: installed, found by CMake and by pkg-config, linked, run.
# Usage: embed.sh SOURCE_DIR BUILD_DIR
set -eu

source=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

cmake --install "$build" --prefix "$work/prefix" --component embedding >"$work/install.log" ||
  fail "installation: $(cat "$work/install.log")"
library=$(find "$work/prefix" -name libtierbuild.so)
[ -n "$library" ] || fail "libtierbuild.so is not installed"

# Nothing but the API can be seen from outside.
leaks=$(nm -DC --defined-only "$library" | grep -v ' tierbuild::Host::' | grep -v ' A ' || true)
[ -z "$leaks" ] || fail "the library exports more than Host: $leaks"

expect() {
  cat >"$work/expected" <<'EOF'
tier base
service web: The shop itself
service worker
service:web -> eu-1 x3
service:web -> us-2 x3
service:worker -> eu-1 x1
task announce
EOF
  "$1" "$source/examples/embed/Buildfile.lua" >"$work/seen" 2>&1 || fail "$1: $(cat "$work/seen")"
  diff "$work/expected" "$work/seen" || fail "$1 printed something else"
}

cp -r "$source/examples/embed" "$work/embed"
cmake -G Ninja -S "$work/embed" -B "$work/cmake-build" -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/cmake.log" 2>&1 ||
  fail "configuration with CMake: $(cat "$work/cmake.log")"
cmake --build "$work/cmake-build" >"$work/cmake.log" 2>&1 || fail "build with CMake: $(cat "$work/cmake.log")"
expect "$work/cmake-build/deployer"

PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name tierbuild.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
c++ -std=c++17 "$work/embed/main.cpp" $(pkg-config --cflags --libs tierbuild) -o "$work/deployer"
LD_LIBRARY_PATH=$(dirname "$library") expect "$work/deployer"

# A mistake in the use of the program's own word is reported like any other.
cat >"$work/Buildfile.lua" <<'EOF'
local web = service 'web' { from = 'x:1' }
deploy 'a' { service = web, regoin = 'eu-1' }
deploy 'b' { service = web, region = 'eu-1', replicas = 0 }
EOF
if "$work/cmake-build/deployer" "$work/Buildfile.lua" >"$work/seen" 2>&1; then fail "a wrong Buildfile was accepted"; fi
grep -q "Buildfile.lua:2:29: error\[E012\]: unknown field 'regoin' in deploy 'a' (did you mean 'region'?)" "$work/seen" ||
  fail "no suggestion: $(cat "$work/seen")"
echo "embedding works"
