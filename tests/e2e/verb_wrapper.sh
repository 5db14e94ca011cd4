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

# --install clones what TIERBUILD_SOURCE names, at its tag, and lets that checkout install itself.
mkdir -p "$dir/source/cli" && cd "$dir/source"
git init -q -b main . && echo >cli/tierbuild_main.cpp
printf '#!/bin/sh\necho "checkout: $* ($TIERBUILD_HOME)"\n' >tierbuild && chmod +x tierbuild
git add -A && git -c user.name=t -c user.email=t@example.org commit -qm one && git tag v1
echo 'exit 9' >tierbuild && git -c user.name=t -c user.email=t@example.org commit -qam two
cd "$dir/repo"
alone() { env -u TIERBUILD PATH=/usr/bin:/bin TIERBUILD_HOME="$dir/home/tierbuild" "$@"; }
fails_with 4 'TIERBUILD_SOURCE' alone ./tierbuild --install
fails_with 0 "^checkout: --install .$dir/home/tierbuild" alone env "TIERBUILD_SOURCE=file://$dir/source#v1" ./tierbuild --install
fails_with 0 '^checkout: plan x' alone ./tierbuild plan x
same "$(./tierbuild --install)" "$version" '--install with a program that is there'
