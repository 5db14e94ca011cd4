#!/bin/sh
# The wrapper that init writes finds the program in $TIERBUILD, in PATH, or says how to get it.
. "$(dirname "$0")/lib.sh"

mkdir "$dir/repo" && cd "$dir/repo"
"$TIERBUILD" init >"$dir/out" 2>&1
version=$("$TIERBUILD" --version)
same "$(./tierbuild --version)" "$version" 'the wrapper with $TIERBUILD'
cd /
same "$("$dir/repo/tierbuild" --version)" "$version" "from elsewhere"
cd "$dir/repo"
mkdir sub && cd sub && same "$(../tierbuild --version)" "$version" 'from below'
cd ..
# Arguments reach the program as they are, and its status comes back.
fails_with 2 "'two words'" ./tierbuild graph 'two words'

program=$TIERBUILD
mkdir "$dir/bin" && ln -s "$program" "$dir/bin/tierbuild"
same "$(env -u TIERBUILD PATH="$dir/bin:$PATH" ./tierbuild --version)" "$version" 'the wrapper with a program in PATH'
# A copy of itself in PATH is not taken for the program: it would call itself for ever.
mkdir "$dir/copies" && cp tierbuild "$dir/copies/tierbuild"
fails_with 4 'TIERBUILD_HOME=DIR' env -u TIERBUILD -u TIERBUILD_HOME PATH="$dir/copies:/usr/bin:/bin" ./tierbuild build
prints 'git clone'
