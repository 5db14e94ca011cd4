#!/bin/sh
# `build -f Dockerfile`: docker's flags, with and without a workspace around it; what docker leaves in the image.
. "$(dirname "$0")/lib.sh"
needs python3

mkdir -p "$dir/app/src" "$dir/app/lib"
cd "$dir/app"
cp /bin/busybox busybox
echo one >src/a.txt
echo two >src/b.tmp
echo kept >lib/c.txt
printf '*.log\n**/*.tmp\n!src/keep.tmp\n' >.dockerignore
echo no >debug.log
echo keep >src/keep.tmp
cat >Dockerfile <<'END'
# syntax=docker/dockerfile:1
ARG WHERE=/opt
FROM scratch AS base
COPY --chmod=755 busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]

FROM base AS unused
RUN exit 1

FROM base AS build
ARG VERSION=1
ARG WHERE
WORKDIR $WHERE/build
COPY . .
RUN <<END_RUN
echo "version $VERSION" >version
ls src >listing
END_RUN
RUN --mount=type=cache,target=/cache echo run >>/cache/runs && cp /cache/runs runs
RUN --mount=type=secret,id=token cat /run/secrets/token >secret
RUN --mount=type=bind,source=lib,target=/mnt cp /mnt/c.txt from-mount
RUN <<END_RUN
#!/bin/awk -f
BEGIN { print "awk" >"from-awk" }
END_RUN

FROM base
ENV ZED=1 ALPHA=2
COPY --from=build /opt/build /app
COPY <<FIRST <<"SECOND" /texts/
value $ZED
FIRST
value $ZED
SECOND
WORKDIR /app
USER 12:34
EXPOSE 8080
VOLUME /data
LABEL kind=test
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["cat version"]
END
echo hush >"$dir/token"

# direct ARG…: builds here; what it printed is in $dir/out and $dir/err.
direct() {
  "$TIERBUILD" build --progress=json -f Dockerfile --secret "id=token,src=$dir/token" "$@" >"$dir/out" 2>"$dir/err" ||
    fail "build $* ended with status $?"
}
direct -t example.org/app:1 --build-arg VERSION=7 --label added=yes --iidfile "$dir/id" --metadata-file "$dir/meta" \
  -o "type=local,dest=$dir/files"
root=$dir/files
same "$(cat "$root/app/version")" 'version 7' 'the argument'
same "$(cat "$root/app/listing" | tr '\n' ' ')" 'a.txt keep.tmp ' 'what .dockerignore leaves of src'
[ ! -e "$root/app/debug.log" ] || fail 'an ignored file is in the image'
same "$(cat "$root/app/runs") $(cat "$root/app/secret") $(cat "$root/app/from-mount") $(cat "$root/app/from-awk")" \
  'run hush kept awk' 'what the mounts brought'
same "$(cat "$root/texts/FIRST") $(cat "$root/texts/SECOND")" 'value 1 value $ZED' 'the heredocs of COPY'

id=$(cat "$dir/id")
same "$(json_get "$dir/meta" containerimage.config.digest)" "$id" 'the id'
same "$(json_get "$dir/meta" image.name)" example.org/app:1 'the name'
python3 - "$TIERBUILD_STORE/blobs/sha256/${id#sha256:}" <<'END' || fail 'the config is another one'
import json, sys
config = json.load(open(sys.argv[1]))["config"]
want = {
    "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "ZED=1", "ALPHA=2"],
    "Entrypoint": ["/bin/sh", "-c"], "Cmd": ["cat version"], "WorkingDir": "/app", "User": "12:34",
    "ExposedPorts": {"8080/tcp": {}}, "Volumes": {"/data": {}}, "StopSignal": "SIGINT",
    "Labels": {"added": "yes", "kind": "test"},
}
for key, value in want.items():
    assert config.get(key) == value, (key, config.get(key))
END

# Nothing changed: nothing runs. Then an argument, a file, and a file that no stage sees.
direct --build-arg VERSION=7
same "$(ran)" '' 'what an unchanged build ran'
direct --build-arg VERSION=8
case $(ran) in *service:app/build/run*) ;; *) fail "another argument ran: $(ran)" ;; esac
case $(ran) in *service:app/base/*) fail "another argument ran the base: $(ran)" ;; esac
echo other >debug.log
direct --build-arg VERSION=8
same "$(ran)" '' 'what an ignored file ran'

# A target, named contexts, a Dockerfile elsewhere and on standard input
direct --target base
mkdir "$dir/more"
echo foreign >"$dir/more/x"
cat >"$dir/more/other.dockerfile" <<'END'
FROM base
COPY --from=more x /x
COPY a.txt /
END
"$TIERBUILD" build -f "$dir/more/other.dockerfile" --target '' --build-context more="$dir/more" \
  --build-context base="oci-layout://$dir/layout" src >"$dir/out" 2>&1 && fail 'a layout that is not there was read'
direct --target base -o "type=oci,dest=$dir/layout/"
"$TIERBUILD" build -q -f "$dir/more/other.dockerfile" --build-context more="$dir/more" \
  --build-context base="oci-layout://$dir/layout" -o "type=local,dest=$dir/other" src >"$dir/out" 2>&1 ||
  fail 'named contexts'
same "$(cat "$dir/other/x") $(cat "$dir/other/a.txt")" 'foreign one' 'files of two contexts'
printf 'FROM scratch\nCOPY src/a.txt /\n' | "$TIERBUILD" build -q -f - -o "type=local,dest=$dir/stdin" . >"$dir/out" 2>&1 ||
  fail 'a Dockerfile on standard input'
same "$(cat "$dir/stdin/a.txt")" one 'a file of its context'

# The checks
printf 'from scratch\nCMD true\n' >checked
fails_with 0 'warning\[JSONArgsRecommended\]' "$TIERBUILD" build -f checked
prints 'checked:2:1'
prints '2 \| CMD true'
fails_with 3 'the checks found' "$TIERBUILD" build -f checked --check
printf '# check=error=true\nFROM scratch\nCMD true\n' >checked
fails_with 2 'error\[JSONArgsRecommended\]' "$TIERBUILD" build -f checked
printf '# check=skip=all\nFROM scratch\nCMD true\n' >checked
fails_with 0 'found nothing' "$TIERBUILD" build -f checked --check

# Errors quote the line
printf 'FROM scratch\nCOPY a /a\nRUNN make\n' >wrong
fails_with 2 'error\[E060\]' "$TIERBUILD" build -f wrong
prints 'wrong:3:1'
prints '3 \| RUNN make'
printf 'FROM scratch\nRUNN make\n' >"$dir/wrong"
fails_with 2 '2 \| RUNN make' sh -c "'$TIERBUILD' build -f - . <'$dir/wrong'"
printf 'FROM scratch\nCOPY nope /\n' >wrong
fails_with 1 'wrong:2' "$TIERBUILD" build -f wrong
fails_with 2 "there is no Dockerfile" "$TIERBUILD" build -f Dokerfile .
fails_with 2 'add -f Dockerfile' "$TIERBUILD" build --target base
printf 'FROM base\nRUN exit 3\n' >wrong
fails_with 1 'wrong:2' "$TIERBUILD" build -f wrong --build-context base="oci-layout://$dir/layout"
