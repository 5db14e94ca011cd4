#!/bin/sh
# `changed` compares what keys are made from: with the same Buildfile at a commit, straight from git.
. "$(dirname "$0")/lib.sh"
needs git
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_CONFIG_COUNT=2 \
  GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=t GIT_CONFIG_KEY_1=user.email GIT_CONFIG_VALUE_1=t@example.org

commit() { git add -A && git commit -q --allow-empty -m "${1-more}"; }
# changes WANTED [ARG…]: what changed since HEAD: `name=kind` of each, on one line.
changes() {
  wanted=$1
  shift
  "$TIERBUILD" changed --since HEAD "$@" >"$dir/out" 2>"$dir/err" || fail "changed $* ended with status $?"
  found=$(awk 'NR > 1 { sub(/^[a-z]*:/, "", $1); printf "%s=%s ", $1, $2 }' "$dir/out" | sed 's/ $//')
  case $(head -n 1 "$dir/out") in 'nothing changed since'*) found='' ;; esac
  same "$found" "$wanted" "what changed ($*)"
}
# again: back to the commit.
again() { git reset -q --hard && git clean -qfdx; }

workspace <<'LUA'
arg 'level' { 'info' }
local base = tier 'base' {
  from = 'debian:12', copy = { { 'base', to = '/base' } }, steps = { run { 'true', network = false } } }
tier 'other' { from = 'alpine:3', copy = { { 'shared', to = '/shared' } } }
include 'services/*/Buildfile.lua'
LUA
rm base.lua busybox
mkdir -p base shared services/api/src services/web/src services/web/tools
echo 1 >base/file
echo 1 >shared/file
echo 'print(1)' >services/api/src/main.py
echo 'print(1)' >services/web/src/main.py
echo '#!/bin/sh' >services/web/tools/run
echo 'notes' >notes.txt
ln -s main.py services/web/src/link.py
printf 'fastapi==1.0\n# a comment\nuvicorn>=0.3\n' >services/api/requirements.txt
cat >services/api/Buildfile.lua <<'LUA'
service 'api' { from = 'base', pip = { python.requirements 'requirements.txt' }, env = { LEVEL = 'info' },
  copy = { { 'src', to = '/app/' } } }
LUA
cat >services/web/Buildfile.lua <<'LUA'
service 'web' { from = 'other', copy = { { files { 'src/*', 'tools/**' }, to = '/app/' } } }
LUA
git init -q -b main .
commit one
changes ''
prints 'nothing changed since HEAD'

# Files: edited, new, ignored, deleted, renamed, of another mode, links; and those that no target reads.
echo 2 >services/api/src/main.py
changes 'api=changed'
prints 'copy: services/api/src/main.py changed$'
git add -A
changes 'api=changed'
again
touch services/api/src/main.py
changes ''
echo 'more notes' >notes.txt
echo 'x' >services/web/unread
changes ''
again
echo '*.log' >.gitignore
echo 'x' >services/api/src/debug.log
changes 'api=changed'
prints 'debug.log is new'
again
mkdir services/api/src/empty
changes 'api=changed'
again
rm services/web/tools/run
changes 'web=changed'
prints 'tools/run is gone'
again
git mv services/web/src/main.py services/web/src/start.py
changes 'web=changed'
again
chmod +x services/web/src/main.py
changes 'web=changed'
again
chmod 600 services/web/src/main.py
changes ''
again
ln -sf tools services/web/src/link.py
changes 'web=changed'
prints 'link.py changed'
again
rm services/web/src/main.py && mkdir services/web/src/main.py && echo 1 >services/web/src/main.py/x
changes 'web=changed'
again
echo 'services/api/src' >.tierbuildignore
fails_with 0 'api' "$TIERBUILD" changed --since HEAD
again

# What stands on a changed target has changed, and says because of what.
echo 2 >base/file
changes 'base=changed api=changed'
prints '^service:api +changed +tier:base/copy: base/file changed$'
again

# The Buildfile: what it yields counts, not how it is written.
echo '-- a comment' >>services/web/Buildfile.lua
changes ''
sed -i "s/files { 'src\/\*', 'tools\/\*\*' }/files { 'tools\/**', 'src\/main.py', 'src\/link.py' }/" services/web/Buildfile.lua
changes ''
sed -i "s/'src\/link.py'/'src\/link.*', exclude = { 'src\/link.py' }/" services/web/Buildfile.lua
changes 'web=changed'
prints 'link.py is gone'
again
sed -i "s/{ 'src', to = /{ files { 'src\/**' }, to = /" services/api/Buildfile.lua
changes 'api=changed'
prints 'copy: copied files are placed elsewhere'
again
sed -i "s/LEVEL = 'info'/LEVEL = 'debug'/" services/api/Buildfile.lua
changes 'api=config'
prints 'env.LEVEL'
again
sed -i "s/'true', network = false/'true', network = true/" Buildfile.lua
changes 'base=changed api=changed'
prints 'run: network'
again
sed -i "s/debian:12/debian:11/" Buildfile.lua
changes 'base=changed api=changed'
again
mkdir services/new
echo "service 'new' { from = 'base' }" >services/new/Buildfile.lua
changes 'new=new'
again
rm -r services/web
changes 'web=deleted'
fails_with 0 '.' "$TIERBUILD" changed --since HEAD --json
prints '"change": "deleted"'
same "$("$TIERBUILD" changed --since HEAD --names)" '' 'names of what is deleted'
again

# Requirement files count by what they require.
printf '# another comment\nuvicorn >= 0.3\nfastapi==1.0\n' >services/api/requirements.txt
changes ''
sed -i 's/1.0/1.1/' services/api/requirements.txt
changes 'api=changed'
again

# Arguments are the same on both sides; the lock is a part of each.
cat >>Buildfile.lua <<'LUA'
service 'tuned' { from = 'base', env = { L = arg 'tune' { 'low' } } }
LUA
commit tuned
changes '' --arg tune=high
sed -i "s/L = arg 'tune' { 'low' }/L = arg 'tune' { 'low' }, M = arg 'young' { '1' }/" Buildfile.lua
changes 'tuned=config' --arg young=2
again
digest=sha256:0123456789012345678901234567890123456789012345678901234567890123
echo "base debian:12 $digest" >tierbuild.lock
changes 'base=changed api=changed tuned=changed'
commit locked
changes ''

# A fetch counts by what it brings, not by where from.
sum=1234567890123456789012345678901234567890123456789012345678901234
cat >>Buildfile.lua <<LUA
service 'fetched' { from = 'base', copy = { { fetch { 'https://example.org/a', sha256 = '$sum' }, to = '/f' } } }
LUA
commit fetched
sed -i 's,example.org/a,example.org/mirror/a,' Buildfile.lua
changes ''
sed -i "s/sha256 = '1/sha256 = '2/" Buildfile.lua
changes 'fetched=changed'
prints 'sha256'
again

# Names, selectors, and errors.
echo 2 >services/api/src/main.py
echo 2 >services/web/src/main.py
same "$("$TIERBUILD" changed --since HEAD --names | tr '\n' ' ')" 'api web ' 'names'
changes 'web=changed' 'service:w*'
changes '' tuned
"$TIERBUILD" plan --since HEAD >"$dir/out" 2>&1 || fail 'plan --since'
prints 'service:api/copy'
! grep -q 'tuned' "$dir/out" || fail 'plan --since plans what did not change'
"$TIERBUILD" build --print --since HEAD web >"$dir/out" 2>&1 || fail 'build --print --since'
prints 'service:web'
! grep -q 'service:api' "$dir/out" || fail 'build --since left its selection'
again
fails_with 2 "no commit 'mian'.*did you mean 'main'" "$TIERBUILD" changed --since mian
fails_with 2 'needs --since' "$TIERBUILD" changed
fails_with 0 '^nothing to build: no selected target changed since HEAD$' "$TIERBUILD" build --since HEAD
fails_with 0 '^nothing to build' "$TIERBUILD" push --since HEAD 'service:*'

# What exported pipelines run is understood.
cat >>Buildfile.lua <<'LUA'
export.github '.github/workflows/images.yml' { plan = 'changed', build = 'service:*', push = true }
export.gitlab '.gitlab-ci.yml' { plan = 'changed', build = 'service:*' }
LUA
"$TIERBUILD" export >"$dir/out" 2>&1 || fail 'export'
ln -s "$TIERBUILD" tierbuild
commit exported
sed -n 's/^ *\(run:\|-\) \(\.\/tierbuild \(build\|push\) .*\)/\2/p' .github/workflows/images.yml .gitlab-ci.yml >"$dir/commands"
same "$(wc -l <"$dir/commands")" 3 'commands of exported pipelines'
while read -r command; do
  fails_with 0 '^nothing to build' env PULL= SINCE="$(git rev-parse HEAD)" sh -c "$command"
done <"$dir/commands"

# The merge base is what counts: what the other branch did is not ours.
git checkout -q -b topic
echo topic >services/web/src/main.py
commit topic
git checkout -q main
echo main >services/api/src/main.py
commit main
git checkout -q topic
fails_with 0 '^service:web' "$TIERBUILD" changed --since main
! grep -q 'service:api' "$dir/out" || fail 'what the other branch changed'
git merge -q --no-edit main
fails_with 0 '^service:web' "$TIERBUILD" changed --since main
! grep -q 'service:api' "$dir/out" || fail 'what was merged in'
fails_with 0 '^service:api' "$TIERBUILD" changed --since HEAD^1
git checkout -q main

# A linked work tree, and a Buildfile whose workspace starts above it.
git worktree add -q "$dir/linked" topic
(
  cd "$dir/linked"
  changes ''
  echo 3 >services/web/src/main.py
  changes 'web=changed'
)
mkdir docker
echo "workspace 'w' { root = '..' } service 'up' { from = 'debian:12', copy = { { '//shared', to = '/' } } }" >docker/Buildfile.lua
commit docker
cd docker
changes ''
echo 5 >../shared/file
changes 'up=changed'
prints 'shared/file changed'
cd ..
again

# The repository below the root of the workspace: the rest of it has one state only.
mkdir -p "$dir/outer/repo"
cd "$dir/outer/repo"
echo outside >../outside
echo inside >inside
echo "workspace 'o' { root = '..' } service 'in' { from = 'debian:12', copy = { { '//repo/inside', to = '/' } } }
service 'out' { from = 'debian:12', copy = { { '//outside', to = '/' } } }" >Buildfile.lua
git init -q -b main .
commit
changes ''
echo 2 >inside
echo 2 >../outside
changes 'in=changed'
echo "service 'third' { from = 'debian:12', copy = { { '//outside', to = '/x' } } }" >>Buildfile.lua
changes 'in=changed third=new'

# A submodule is compared by its commit.
cd "$dir/ws"
git init -q -b main "$dir/lib"
(cd "$dir/lib" && echo 1 >lib.py && commit lib)
git -c protocol.file.allow=always submodule --quiet add "$dir/lib" vendor/lib
echo "service 'sub' { from = 'debian:12', copy = { { 'vendor/lib', to = '/lib' } } }" >>Buildfile.lua
commit submodule
changes ''
(cd vendor/lib && echo 2 >lib.py && commit next)
changes 'sub=changed'
prints 'vendor/lib changed'
commit bump
changes ''

# Older sides without a Buildfile, or with one that fails: everything has changed, and it says why.
echo 'error "broken"' >>Buildfile.lua
commit broken
sed -i '$d' Buildfile.lua
fails_with 0 'cannot be evaluated, so every target counts as changed' "$TIERBUILD" changed --since HEAD
prints '^service:web +changed'
git rm -q --cached Buildfile.lua
git commit -qm 'no Buildfile'
fails_with 0 "cannot be evaluated, .*'Buildfile.lua'" "$TIERBUILD" changed --since HEAD
prints '^service:web +changed'
commit back

# Symlinks, globs, exists and require look at the commit, too.
mkdir -p conf build
echo one >conf/real
ln -s real conf/current
echo "return { level = read '//conf/current' }" >build/rules.lua
cat >services/web/Buildfile.lua <<'LUA'
local rules = require 'build.rules'
service 'web' { from = 'other', env = { LEVEL = rules.level, N = tostring(#glob '//conf/*'), E = tostring(exists '//conf/flag') } }
LUA
commit rules
changes ''
echo two >conf/real
changes 'web=config'
prints 'env.LEVEL'
again
touch conf/flag
changes 'web=config'
again
rm build/rules.lua && mv conf/real conf/moved && ln -sf moved conf/current && printf '%s\n' "return { level = 'one\n' }" >build/rules.lua
changes ''

# A shallow clone that does not reach the base says how to deepen it.
git clone -q --depth 1 --no-single-branch "file://$dir/ws" "$dir/shallow" 2>"$dir/err"
cd "$dir/shallow"
fails_with 2 'git fetch --deepen' "$TIERBUILD" changed --since origin/topic
cd "$dir"
mkdir plain
cd plain
echo "service 'x' { from = 'debian:12' }" >Buildfile.lua
fails_with 2 'is in no git repository' "$TIERBUILD" changed --since HEAD

# Of images for several platforms, a change for any of them counts, but none for a platform that they are not built for.
workspace several <<'LUA'
platforms { 'linux/amd64', 'linux/arm64' }
service 'web' { from = image.scratch(), copy = { { by_arch { amd64 = 'amd64', arm64 = 'arm64' }, to = '/arch' } } }
service 'one' {
  from = image.scratch(), platforms = { 'linux/amd64' },
  copy = { { by_arch { amd64 = 'amd64', arm64 = 'arm64' }, to = '/arch' } },
}
LUA
rm base.lua busybox
echo 1 >amd64
echo 1 >arm64
git init -q -b main .
commit one
changes ''
echo 2 >arm64
changes 'web=changed'
changes '' --platform linux/amd64
changes 'web=changed one=changed' --platform linux/arm64
fails_with 0 'service:web' "$TIERBUILD" plan --push --since HEAD
again
echo 2 >amd64
changes 'web=changed one=changed'
changes '' --platform linux/arm64
again
sed -i "s/platforms = { 'linux.amd64' }/platforms = { 'linux\/amd64', 'linux\/arm64' }/" Buildfile.lua
changes 'one=config'
again
