#!/bin/sh
# The scripts inside generated pipelines do what they say: they are taken out of the files and run.
. "$(dirname "$0")/lib.sh"
needs git base64 bash

workspace <<'LUA'
workspace 'fks' { root = '..' }
registry 'ghcr.io/acme' {}
registry 'docker.io/nuniesmith' { auth = 'env:DOCKER_TOKEN' }
registry 'harbor.example.org' {}
local base = tier 'base' { from = 'debian:12-slim' }
for name in ('api web'):gmatch '%S+' do service(name) { from = base } end
group 'bases' { 'tier:*' }
export.github '.github/workflows/build-base.yml' { build = 'bases', on = { push = { 'main', 'develop' } }, push = true }
export.github '.github/workflows/build-services.yml' { build = 'service:*', plan = 'changed', push = true,
  on = { schedule = '0 2 * * *', dispatch = { service = 'choice' } } }
export.github '//.github/workflows/images.yml' { build = 'tier:*', plan = 'changed', push = { branch = 'main' },
  on = { push = 'main', schedule = '0 6 * * 0', dispatch = true } }
export.github '.github/workflows/default.yml' { plan = 'changed', push = { branch = 'main' } }
export.gitlab '.gitlab-ci.yml' { plan = 'changed', push = { branch = 'main' } }
LUA
rm -f base.lua busybox
fails_with 0 'written +../.github/workflows/images.yml' "$TIERBUILD" export
grep -q 'working-directory: ws' ../.github/workflows/images.yml || fail 'the Buildfile is not at the root of that repository'
! grep -q 'working-directory' .github/workflows/default.yml || fail 'but it is at the root of this one'

# step FILE NAME [NUMBER]: the script of a step, of the first job or the one with that number.
step() {
  awk -v name="$2" -v number="${3-1}" '
    /^      - / { inside = 0 }
    $0 == "      - name: " name && ++seen == number { inside = 1 }
    inside && /^        run: \|/ { block = 1; next }
    inside && /^        run: / { sub(/^        run: /, ""); print; exit }
    block && /^          / { print substr($0, 11); next }
    block && !/^ *$/ { exit }' ".github/workflows/$1.yml"
}
cat >tierbuild <<'END'
#!/bin/sh
for word; do printf '<%s>' "$word"; done
echo
END
chmod +x tierbuild
# does WANTED FILE STEP NUMBER [VARIABLE=VALUE…]
does() {
  wanted=$1 script=$(step "$2" "$3" "$4")
  shift 4
  [ -n "$script" ] || fail "no such step"
  same "$(env "$@" bash -eo pipefail -c "$script")" "$wanted" "$script"
}
does '<build><bases>' build-base Build 1
does '<push><bases>' build-base Push 1
does '<build><service:*>' build-services Build 1 ONLY= SINCE= PULL=
does '<build><--pull><service:*>' build-services Build 1 ONLY= SINCE= PULL=--pull
does '<build><service:web>' build-services Build 1 ONLY=web SINCE= PULL=
does '<push><--since><abc><service:*>' build-services Push 1 ONLY=all SINCE=abc
does '<build><--since><a b><service:a;b>' build-services Build 1 'ONLY=a;b' 'SINCE=a b'
does '<build><tier:*>' default Build 1
does '<build><service:*>' default Build 2

# The commit to compare with is one that this clone has.
git init -q -b main . && git -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m one
head=$(git rev-parse HEAD)
script=$(step default 'Find the commit to compare with')
for before in "$head" 0000000000000000000000000000000000000000 ''; do
  : >"$dir/env"
  env GITHUB_ENV="$dir/env" BEFORE="$before" bash -eo pipefail -c "$script"
  [ "$before" = "$head" ] || before=
  same "$(cat "$dir/env")" "SINCE=$before" 'the commit to compare with'
done

# Logins that are there are written for the program to find; those that are not are left out.
script=$(step build-base 'Log in to the registries')
env GHCR_IO_LOGIN=ann:secret HARBOR_EXAMPLE_ORG_LOGIN= bash -eo pipefail -c "$script"
same "$(cat "$HOME/.docker/config.json")" "{\"auths\":{\"ghcr.io\":{\"auth\":\"$(printf ann:secret | base64)\"}}}" 'the logins'
env GHCR_IO_LOGIN=a:b HARBOR_EXAMPLE_ORG_LOGIN=c:d bash -eo pipefail -c "$script"
same "$(cat "$HOME/.docker/config.json")" \
  '{"auths":{"ghcr.io":{"auth":"YTpi"},"harbor.example.org":{"auth":"Yzpk"}}}' 'both logins'
! grep -q 'DOCKER_TOKEN' "$HOME/.docker/config.json" || fail 'a token that the program reads itself'
grep -q 'DOCKER_TOKEN: ${{ secrets.DOCKER_TOKEN }}' .github/workflows/build-base.yml || fail 'the token is not handed on'

# GitLab: both scripts of a job in one shell, as its runner does it.
gitlab() { awk -v start="$1" '$0 == start { inside = 1; next } inside && /^  [a-z]/ { exit }
  inside && /^    - \|/ { next } inside && /^    - / { sub(/^    - /, ""); print; next } inside { sub(/^      /, ""); print }' .gitlab-ci.yml; }
gitlab '  before_script:' | grep -v apt-get >"$dir/before"
awk '/^services:/ { on = 1 } on' .gitlab-ci.yml | awk '/^  script:/ { inside = 1; next } inside && /^    - \|/ { next }
  inside && /^    - / { sub(/^    - /, ""); print; next } inside { sub(/^      /, ""); print }' >"$dir/job"
run_job() { cat "$dir/before" "$dir/job" | env CI_PROJECT_DIR="$PWD" CI_REGISTRY=ghcr.io CI_REGISTRY_USER=bot CI_REGISTRY_PASSWORD=pw "$@" bash -e >"$dir/out" 2>&1; }
run_job CI_PIPELINE_SOURCE=push CI_COMMIT_BRANCH=main CI_COMMIT_BEFORE_SHA="$head" || fail 'the job'
prints "^<build><--since><$head><service:\*>"
prints "^<push><--since><$head><service:\*>"
same "$(cat "$HOME/.docker/config.json")" '{"auths":{"ghcr.io":{"auth":"Ym90OnB3"}}}' "GitLab's own login"
run_job CI_PIPELINE_SOURCE=schedule CI_COMMIT_BRANCH=dev || fail 'the job of a schedule'
prints '^<build><--pull><service:\*>'
! grep -q '<push>' "$dir/out" || fail 'another branch pushes'
