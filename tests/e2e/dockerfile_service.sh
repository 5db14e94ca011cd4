#!/bin/sh
# Services that are Dockerfiles: beside others, on a tier that stands in for their FROM, with fields on top.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
tier 'python' { from = base, env = { TIER = 'yes' }, steps = { sh { 'echo tier > /tier' } } }

service 'web' {
  dockerfile = 'web/Dockerfile',
  args = { VERSION = '3' },
  contexts = { ['python:3.12-slim'] = 'python', shared = './shared' },
  env = { LEVEL = 'info' },
  steps = { sh { 'cat /app/version > /own' } },
}
service 'dev' { context = 'web', target = 'dev', contexts = { ['python:3.12-slim'] = 'python', shared = './shared' } }
service 'copied' {
  from = base,
  copy = { { '/app', to = '/taken', from = image.dockerfile {
    context = 'web', target = 'build', contexts = { ['python:3.12-slim'] = base, shared = './shared' },
  } } },
}
LUA
mkdir -p web shared
echo shared >shared/s.txt
echo one >web/a.txt
echo two >web/b.txt
echo b.txt >web/.dockerignore
cat >web/Dockerfile <<'END'
FROM python:3.12-slim AS build
ARG VERSION=1
WORKDIR /app
COPY . .
COPY --from=shared s.txt .
RUN echo "$VERSION $TIER" > version

FROM build AS dev
RUN echo dev > dev

FROM build
CMD ["true"]
END
build -o "type=local,dest=$dir/web" web
same "$(cat "$dir/web/own")" '3 yes' 'what a step on top of the Dockerfile found'
same "$(cat "$dir/web/tier") $(cat "$dir/web/app/s.txt")" 'tier shared' 'the tier and the named context'
[ ! -e "$dir/web/app/b.txt" ] || fail 'an ignored file is in the image'
"$TIERBUILD" run web -- sh -c 'echo $TIER $LEVEL' >"$dir/out" 2>"$dir/err" || fail 'web does not run'
same "$(cat "$dir/out")" 'yes info' 'the environment of tier and service'

build
build
same "$(ran)" '' 'what an unchanged build ran'
echo other >web/b.txt
build
same "$(ran)" '' 'what an ignored file ran'
echo changed >web/a.txt
"$TIERBUILD" why web >"$dir/out" 2>&1 || fail why
prints 'web/Dockerfile:4'
build web
case $(ran) in *service:web/build/copy*) ;; *) fail "a changed file ran: $(ran)" ;; esac
sed -i 's/3.12-slim AS build/3.12-slim AS build\nENV NEW=1/' web/Dockerfile
"$TIERBUILD" plan web >"$dir/out" 2>&1 || fail plan
prints 'service:web/build/run'
"$TIERBUILD" explain web >"$dir/out" 2>&1 || fail explain
prints 'dockerfile.*web/Dockerfile'
prints 'args.VERSION'
"$TIERBUILD" lint web >"$dir/out" 2>&1 || true

# The tier is a dependency as any other.
"$TIERBUILD" graph web --format tree >"$dir/out" 2>&1 || fail graph
prints 'python'

# A context of git's commits
if command -v git >/dev/null; then
  git init -q . && git add -A && git -c user.name=t -c user.email=t@t commit -qm x
  echo again >web/a.txt
  fails_with 0 '^web$' "$TIERBUILD" changed --since HEAD --names
  git checkout -q web/a.txt
  echo third >web/b.txt
  "$TIERBUILD" changed --since HEAD --names >"$dir/out" 2>&1
  [ ! -s "$dir/out" ] || fail "an ignored file changes: $(cat "$dir/out")"
fi

# Errors of the file, of the step, and of the fields
cp web/Dockerfile "$dir/kept"
echo 'RUNN x' >>web/Dockerfile
fails_with 2 'web/Dockerfile:14:1' "$TIERBUILD" build web
cp "$dir/kept" web/Dockerfile
echo 'RUN exit 3' >>web/Dockerfile
fails_with 1 'web/Dockerfile:14' "$TIERBUILD" build web
cp "$dir/kept" web/Dockerfile
