#!/bin/sh
# `tierbuild import`: a Buildfile of Dockerfiles and of compose files that evaluates and builds the same files.
. "$(dirname "$0")/lib.sh"

mkdir -p "$dir/shop/base" "$dir/shop/web"
cd "$dir/shop"
cp /bin/busybox base/busybox
cat >base/Dockerfile <<'END'
FROM scratch
COPY --chmod=755 busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
END
cat >web/Dockerfile <<'END'
FROM base
ARG VERSION
RUN echo "$VERSION" >/version
END
cat >compose.yaml <<'END'
secrets:
  token: { file: ./token }
services:
  base:
    profiles: [never]
    build: ./base
  web:
    image: example.org/web:1
    build:
      context: web
      args: { VERSION: "7" }
      privileged: true
      secrets: [token]
      additional_contexts: [base=service:base]
END
echo hush >token

fails_with 0 '^local base = tier' "$TIERBUILD" import --print
prints "privileged"
prints "build with --secret id=token,src=token"
[ ! -e Buildfile.lua ] || fail 'import --print wrote a file'
fails_with 0 '^wrote Buildfile.lua' "$TIERBUILD" import compose.yaml
fails_with 2 'exists already' "$TIERBUILD" import compose.yaml
cp Buildfile.lua first.lua
"$TIERBUILD" import --print compose.yaml >second.lua 2>"$dir/err"
cmp -s first.lua second.lua || fail 'the same files give another Buildfile'

for way in 'compose.yaml' 'Buildfile.lua'; do
  "$TIERBUILD" build -q -f "$way" -o "type=local,dest=$dir/$way" web >"$dir/out" 2>"$dir/err" || fail "build $way"
done
same "$(cat "$dir/Buildfile.lua/version")" 7 'the file of web'
diff -r "$dir/compose.yaml" "$dir/Buildfile.lua" || fail 'the images have other files'
"$TIERBUILD" build web >"$dir/out" 2>"$dir/err" || fail 'the Buildfile does not build'

# Dockerfiles by themselves
mkdir "$dir/plain" && cd "$dir/plain"
cp -r ../shop/base api
cp -r ../shop/base worker
cp api/Dockerfile worker/worker.dockerfile
fails_with 0 "^service 'api'" "$TIERBUILD" import --print api/Dockerfile worker/worker.dockerfile
prints "^service 'worker'"
"$TIERBUILD" import api/Dockerfile worker/worker.dockerfile >"$dir/out"
"$TIERBUILD" build -q >"$dir/out" 2>"$dir/err" || fail 'the Buildfile of Dockerfiles does not build'
same "$(sort -u "$dir/out" | wc -l)" 1 'the images of the same Dockerfile'
fails_with 1 'no compose file, no bake file and no Dockerfile' "$TIERBUILD" import -C "$dir/home" --print

# A compose file beside the repositories that it names: the workspace is the directory that holds them all.
mkdir -p "$dir/repos/docker" && cd "$dir/repos/docker"
cp -r "$dir/shop/base" "$dir/shop/web" ..
mv ../web/Dockerfile web.dockerfile
echo 'COPY motd /motd' >>web.dockerfile
echo hello >../web/motd
cat >compose.yaml <<'END'
services:
  base:
    profiles: [never]
    build: ../base
  web:
    build:
      context: ../web
      dockerfile: ../docker/web.dockerfile
      additional_contexts: [base=service:base]
END
for flag in '' --keep-dockerfiles; do
  # shellcheck disable=SC2086
  fails_with 0 "^workspace 'repos' { root = '..' }" "$TIERBUILD" import $flag --print compose.yaml
  cp "$dir/out" Buildfile.lua
  "$TIERBUILD" build -q -o "type=local,dest=$dir/motd$flag" web >"$dir/out" 2>"$dir/err" || fail 'contexts above'
  same "$(cat "$dir/motd$flag/motd")" hello 'a file of a context above'
done
