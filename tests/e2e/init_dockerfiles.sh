#!/bin/sh
# A repository of Dockerfiles: shared images become tiers, and what cannot be carried over is listed at the top.
. "$(dirname "$0")/lib.sh"

mkdir -p "$dir/repo/docker" "$dir/repo/src" "$dir/repo/web"
cd "$dir/repo"
echo x >src/run
cat >docker/Dockerfile.worker <<'END'
# escape=`
FROM debian:12-slim
ENV MODE="a b" `
    LEVEL=info
RUN apt-get update && apt-get install -y curl git
COPY src /opt/src
COPY missing.cfg /etc/
VOLUME ["/data"]
ENTRYPOINT ["/opt/src/run"]
END
cat >docker/Dockerfile.cron <<'END'
FROM debian:12-slim
RUN apt-get update && apt-get install -y curl
ENV LEVEL=info
ADD https://example.com/x.tar.gz /opt/
COPY <<FILE /etc/cron
FROM nowhere
FILE
RUN echo "it's ]] -- [[ done" | tee /x
HEALTHCHECK NONE
CMD run --forever
END
printf 'FROM nginx:1.27\nCOPY *.html /usr/share/nginx/html/\nEXPOSE 80/tcp 443 53/udp\n' >web/Dockerfile
echo hi >web/index.html
"$TIERBUILD" init >"$dir/out" 2>&1 || fail 'init'
"$TIERBUILD" plan --offline >"$dir/out" 2>&1 || fail 'the plan'
"$TIERBUILD" graph --format json >"$dir/out"
for target in tier:debian-base service:worker service:cron service:web; do prints "\"$target\""; done
has() { grep -qF -e "$1" Buildfile.lua || fail "the Buildfile lacks: $1"; }
has "env = { LEVEL = 'info' },"
has "env = { MODE = 'a b' },"
has "apt = { 'curl' },"
has "apt = { 'git' },"
has "{ 'src', to = '/opt/src' }"
has "volumes = { '/data' }"
has "cmd = { '/bin/sh', '-c', 'run --forever' }"
has 'healthcheck = health.none()'
has "files { 'web/*.html' }, to = '/usr/share/nginx/html/'"
has "expose = { 80, 443, '53/udp' }"
has "docker/Dockerfile.worker copies 'missing.cfg', which is not there"
has 'docker/Dockerfile.cron:4  ADD https://example.com/x.tar.gz /opt/'
has "docker/Dockerfile.cron:8  RUN echo \"it's ]] -- [[ done\" | tee /x"
! grep -q 'nowhere' Buildfile.lua || fail 'the text of a heredoc was read'
