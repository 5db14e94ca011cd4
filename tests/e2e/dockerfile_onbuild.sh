#!/bin/sh
# A Dockerfile on an image of a registry: its config is asked for before its layers, its triggers run, it is pinned and
# locked as any base, and a build that has nothing to do asks nobody.
. "$(dirname "$0")/lib.sh"
start_registry

mkdir -p "$dir/base" "$dir/app"
cd "$dir/base"
cp /bin/busybox .
cat >Dockerfile <<'END'
FROM scratch
COPY --chmod=755 busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ENV GREETING=hello PATH=/bin
WORKDIR /srv
ONBUILD COPY trigger.txt ./
ONBUILD RUN cp trigger.txt triggered
END
"$TIERBUILD" build -q -f Dockerfile -t "$registry/base:1" --push >"$dir/out" 2>&1 || fail 'push of the base'

cd "$dir/app"
echo text >trigger.txt
cat >Dockerfile <<END
FROM $registry/base:1
ENV GREETING="\$GREETING world"
WORKDIR sub
RUN echo "\$GREETING" > greeting
END
export TIERBUILD_STORE="$dir/store2"
"$TIERBUILD" build --progress=json -f Dockerfile -o "type=local,dest=$dir/files" . >"$dir/out" 2>"$dir/err" ||
  fail 'the build on the pulled base'
same "$(cat "$dir/files/srv/triggered") $(cat "$dir/files/srv/sub/greeting")" 'text hello world' 'the triggers and the environment'

# Offline, and with the registry gone
stop "$registry_pid"
"$TIERBUILD" build --progress=json --offline -f Dockerfile . >"$dir/out" 2>"$dir/err" || fail 'the build without a network'
same "$(ran)" '' 'what an unchanged build ran'
"$TIERBUILD" build --progress=json -f Dockerfile . >"$dir/out" 2>"$dir/err" || fail 'the build without a registry'
same "$(ran)" '' 'what an unchanged build ran'
fails_with 1 'offline' env TIERBUILD_STORE="$dir/store3" "$TIERBUILD" build --offline -f Dockerfile .
prints 'Dockerfile:1'
