#!/bin/sh
# `import` translates Dockerfiles: what several begin with is a tier, and the images are those of the Dockerfiles.
. "$(dirname "$0")/lib.sh"
needs python3

# has TEXT: a line of the Buildfile.
has() { grep -qF -e "$1" Buildfile.lua || fail "the Buildfile lacks: $1"; }
lacks() { ! grep -qF -e "$1" Buildfile.lua || fail "the Buildfile has: $1"; }
# base: the beginning of all Dockerfiles here.
base() {
  cat <<'END'
FROM scratch AS slim
COPY --chmod=755 busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN mkdir -p /etc /home/app && echo 'app:x:1000:1000::/home/app:/bin/sh' >/etc/passwd && \
    echo 'app:x:1000:' >/etc/group && chown 1000:1000 /home/app
END
}

mkdir -p "$dir/shop/web/src/deep" "$dir/shop/api" "$dir/shop/odd"
cd "$dir/shop"
cp /bin/busybox busybox
echo common >common.txt
echo one >web/src/one.txt
echo two >web/src/deep/two.txt
echo no >web/src/no.tmp
printf '*.tmp\n**/*.tmp\n' >.dockerignore
{
  base
  cat <<'END'
ENV MODE=fast GREETING="two words"
WORKDIR /app
COPY common.txt ./
FROM slim AS build
ARG FLAVOUR=plain
RUN mkdir /made && echo "$FLAVOUR ${MODE:-unset}" >/made/it
FROM slim
ARG FLAVOUR
# The command before ENV must not see it.
RUN echo "${LATE-unset} $FLAVOUR" >before
ENV LATE=yes PATH=/opt/bin:$PATH
RUN <<EOT
echo "$LATE" >after
id -u >who
EOT
COPY --from=build /made /opt/made
COPY web/src src/
COPY --chown=app <<NOTE /home/app/note
for $MODE
NOTE
USER app
RUN touch ~/mine; pwd >/home/app/where
LABEL of=web
EXPOSE 8000 53/udp
VOLUME /data
STOPSIGNAL SIGINT
ENTRYPOINT ["sh", "-c"]
CMD ["echo web"]
HEALTHCHECK --interval=90s --retries=2 CMD test -e /app/after || exit 1
END
} >web/Dockerfile
{
  base
  cat <<'END'
ENV MODE=fast GREETING="two words"
WORKDIR /app
COPY common.txt ./
RUN --mount=type=bind,source=api,target=/src --mount=type=cache,target=/cache cat /src/list >list
RUN --network=none ["/bin/sh", "-c", "echo exec"]
ADD archive.tar /unpacked/
CMD sh run.sh
END
} >api/Dockerfile
echo list >api/list
tar cf archive.tar common.txt
{
  base
  echo 'ONBUILD RUN echo never'
} >odd/Dockerfile
cat >compose.yaml <<'END'
services:
  web: { build: { context: ., dockerfile: web/Dockerfile, args: { FLAVOUR: sweet } } }
  api: { build: { context: ., dockerfile: api/Dockerfile } }
  odd: { build: { context: ., dockerfile: odd/Dockerfile } }
  inside:
    build:
      context: .
      args: { FROM: slim }
      additional_contexts: [slim=service:api]
      dockerfile_inline: |
        ARG FROM=other
        FROM $$FROM
        RUN echo "$$MODE" >mode
END
"$TIERBUILD" import compose.yaml >"$dir/out" 2>"$dir/err" || fail 'import'
same "$(cat "$dir/out")" 'wrote Buildfile.lua' 'what import wrote'
has "local slim = tier 'slim' {"
has "-- What api and web begin with."
has "odd stays on its Dockerfile: ONBUILD (odd/Dockerfile:1)"
has "web: ARG, whose values are written out: FLAVOUR=sweet"
has "bind.mount { context = '.', source = 'api', target = '/src' }"
has "run { '/bin/busybox', '--install', '-s', '/bin', network = true, cwd = '/' },"
same "$(grep -c "'--install'" Buildfile.lua)" 1 'what is common stands there once'
same_images compose.yaml Buildfile.lua web api odd inside
grep -q 'src/one.txt' "$dir/built.1.tree" && fail 'the last image is another'
"$TIERBUILD" lint >"$dir/out" 2>&1 || true
! grep -q '^error\[E' "$dir/out" || fail 'the Buildfile is wrong'

# The same files give the same text, in whatever order they are named.
mv Buildfile.lua kept.lua
"$TIERBUILD" import --print compose.yaml >again.lua 2>"$dir/err"
cmp -s kept.lua again.lua || fail 'the same files give another Buildfile'
"$TIERBUILD" import --print web/Dockerfile api/Dockerfile odd/Dockerfile >one.lua 2>"$dir/err"
"$TIERBUILD" import --print odd/Dockerfile api/Dockerfile web/Dockerfile >other.lua 2>"$dir/err"
cmp -s one.lua other.lua || fail 'the order of the words matters'
awk 'length > 120' kept.lua | grep -q . && fail "a line is long: $(awk 'length > 120' kept.lua)"
grep -q '[[:space:]]$' kept.lua && fail 'blanks at the end of a line'

# An inline Dockerfile that must stay becomes a file, but over no other.
cat >inline.json <<'END'
{"group": {"default": {"targets": ["tool"]}}, "target": {"tool": {"context": ".", "dockerfile-inline": "FROM scratch\nCOPY common.txt /\nONBUILD RUN true\n"}}}
END
"$TIERBUILD" import --print inline.json >"$dir/out" 2>"$dir/err" || fail 'import of a bake file'
grep -q "'tool.dockerfile' would be written" "$dir/err" || fail '--print does not say what it would write'
[ ! -e tool.dockerfile ] || fail '--print wrote a file'
echo mine >tool.dockerfile
fails_with 2 'tool.dockerfile.* exists already' "$TIERBUILD" import inline.json
[ ! -e Buildfile.lua ] || fail 'half of the files are written'
rm tool.dockerfile
"$TIERBUILD" import inline.json >"$dir/out" 2>"$dir/err" || fail 'import of a bake file'
has "dockerfile = 'tool.dockerfile',"
same_images inline.json Buildfile.lua tool
rm Buildfile.lua

# One service at a time: all stay on their Dockerfiles, and build the same.
"$TIERBUILD" import --keep-dockerfiles compose.yaml >"$dir/out" 2>"$dir/err" || fail 'import --keep-dockerfiles'
has "dockerfile = 'web/Dockerfile',"
lacks 'steps'
same_images compose.yaml Buildfile.lua web
rm Buildfile.lua

# The same Dockerfile with other arguments: what comes before them is a tier.
{
  base
  cat <<'END'
RUN echo long >/long
ARG REGION
RUN echo "$REGION" >/region
END
} >Dockerfile
cat >regions.yaml <<'END'
services:
  eu: { build: { context: ., args: { REGION: eu } } }
  us: { build: { context: ., args: { REGION: us } } }
END
"$TIERBUILD" import regions.yaml >"$dir/out" 2>"$dir/err" || fail 'import of regions'
same "$(grep -c 'echo long' Buildfile.lua)" 1 'the steps in front of the argument'
has "build_env = {"
same_images regions.yaml Buildfile.lua eu us
