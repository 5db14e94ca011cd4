#!/bin/sh
# What holds for each RUN of a Dockerfile besides its text: hosts, the size of /dev/shm, limits; ids of several platforms,
# stages that are built anew, and secrets of compose files.
. "$(dirname "$0")/lib.sh"
mkdir "$dir/app"
cd "$dir/app"
cp /bin/busybox busybox
cat >Dockerfile <<'END'
FROM scratch AS base
COPY --chmod=755 busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
FROM base AS first
RUN cat /etc/hosts >/hosts; df -k /dev/shm | tail -n 1 | awk '{ print $2 }' >/shm; ulimit -Sn >/soft; ulimit -Hn >/hard; ulimit -c >/core
FROM first AS second
RUN echo second >/second
END

# image ARG…: builds into $dir/image.
image() {
  rm -rf "$dir/image"
  "$TIERBUILD" build --progress=json -o "type=local,dest=$dir/image" "$@" >"$dir/out" 2>"$dir/err" ||
    fail "build $* ended with status $?"
}
# looked: what the step saw; hosts besides those of this machine.
looked() {
  echo "$(tail -n 2 "$dir/image/hosts" | tr '\t\n' ' ,')$(cat "$dir/image/shm" "$dir/image/soft" "$dir/image/hard" "$dir/image/core" | tr '\n' ' ')"
}
image -f Dockerfile --add-host db=10.0.0.1 --add-host=six:::1 --shm-size 16m --ulimit nofile=100:200 --ulimit core=-1
same "$(looked)" '10.0.0.1 db,::1 six,16384 100 200 unlimited ' 'what flags give'
[ ! -s "$dir/image/etc/hosts" ] || fail 'the hosts are in the image'
image -f Dockerfile --add-host db=10.0.0.1 --add-host=six:::1 --shm-size 32m
same "$(ran)" '' 'what another size of /dev/shm ran'
image -f Dockerfile --add-host db=10.0.0.2 --add-host=six:::1
case $(ran) in *service:app/first/run*) ;; *) fail "another address ran: $(ran)" ;; esac
"$TIERBUILD" why -f Dockerfile >"$dir/out" 2>&1 || true
for wrong in '--ulimit nofil=1' '--ulimit nofile=2:1' '--shm-size much' '--add-host db' '--add-host db=x'; do
  # shellcheck disable=SC2086
  fails_with 2 'nofile|soft limit|no size|NAME=ADDRESS' "$TIERBUILD" build -f Dockerfile $wrong
done
fails_with 2 'add-host is for a Dockerfile' "$TIERBUILD" build --add-host db=10.0.0.1

cat >compose.yaml <<'END'
services:
  web:
    build: {context: ., extra_hosts: ['db:10.0.0.3', 'six=::1'], shm_size: 8mb, ulimits: {nofile: {soft: 50, hard: 60}, core: 0}}
END
image -f compose.yaml
same "$(looked)" '10.0.0.3 db,::1 six,8192 50 60 0 ' 'what a compose file gives'
[ -z "$(grep -i 'left out' "$dir/err")" ] || fail 'a key was left out'
cat >bake.json <<'END'
{"target": {"default": {"context": ".", "extra-hosts": {"db": "10.0.0.4", "six": "::1"}, "shm-size": "4m",
 "ulimits": ["nofile=70:80", "core=5120"]}}}
END
image -f bake.json
same "$(looked)" '10.0.0.4 db,::1 six,4096 70 80 10 ' 'what a bake file gives'

# --iidfile of several platforms is the index; nothing of the other one has to run.
printf 'FROM scratch\nCOPY busybox /\n' >copy
"$TIERBUILD" build -q -f copy --platform linux/amd64,linux/arm64 --iidfile "$dir/id" --metadata-file "$dir/meta" \
  -o "type=oci,dest=$dir/oci.tar" >"$dir/out" 2>"$dir/err" || fail 'two platforms'
tar -xOf "$dir/oci.tar" index.json | grep -q "$(cat "$dir/id")" || fail "the id is not that of the index: $(cat "$dir/id")"

# A stage that is built anew leaves those below it alone.
image -f Dockerfile --add-host db=10.0.0.2
image -f Dockerfile --add-host db=10.0.0.2 --no-cache-filter second
same "$(ran)" service:app/second/run 'what --no-cache-filter ran'
cat >bake.json <<'END'
{"target": {"default": {"context": ".", "no-cache-filter": ["first"]}}}
END
image -f bake.json
image -f bake.json
same "$(ran)" service:default/first/run 'what no-cache-filter of a bake file ran'

# Secrets of a compose file stand in no verb's way.
cat >secret <<'END'
FROM base
RUN --mount=type=secret,id=token cat /run/secrets/token >/token
END
cat >compose.yaml <<'END'
services:
  base: {build: {context: ., target: base}}
  web: {build: {context: ., dockerfile: secret, additional_contexts: {base: 'service:base'}, secrets: [token]}}
secrets: {token: {file: ./token}}
END
echo hush >token
for verb in plan 'why web' graph lint; do
  # shellcheck disable=SC2086
  "$TIERBUILD" $verb -f compose.yaml >"$dir/out" 2>&1 || fail "$verb fails"
done
image -f compose.yaml web
same "$(cat "$dir/image/token")" hush 'the secret'

# Lint has the findings of BuildKit's checks, and its own about what FROM names.
mkdir "$dir/ws"
cd "$dir/ws"
cat >Buildfile.lua <<'END'
service 'app' { dockerfile = 'Dockerfile' }
END
printf '# a comment\nFROM scratch AS Base\nfrom base\nCMD true\n' >Dockerfile
status=0
"$TIERBUILD" lint >"$dir/out" 2>&1 || status=$?
prints 'StageNameCasing'
prints 'Dockerfile:2:'
prints 'ConsistentInstructionCasing'
prints 'JSONArgsRecommended'
prints 'Dockerfile:4:1'
