#!/bin/sh
# Requirements that include each other become tiers with `subtract`; compose files and Dockerfiles give the rest.
. "$(dirname "$0")/lib.sh"

mkdir -p "$dir/audio/services/discord" "$dir/audio/services/stt" "$dir/audio/services/common"
cd "$dir/audio"
printf 'fastapi==0.1\n' >services/requirements-base.txt
printf -- '-r requirements-base.txt\ntorch==2.0\n' >services/requirements-ml.txt
printf -- '-r ../requirements-base.txt\ndiscord.py==2.0\n' >services/discord/requirements.txt
printf -- '-r ../requirements-ml.txt\nfaster-whisper==1.0\n' >services/stt/requirements.txt
echo x >services/common/log.py
for name in discord stt; do
  cat >services/$name/Dockerfile <<END
ARG PYTHON=3.11
FROM python:\${PYTHON}-slim AS base
ENV PYTHONUNBUFFERED=1 \\
    PYTHONPATH=/app
RUN apt-get update && apt-get install -y --no-install-recommends \\
      # sound
      ffmpeg libopus0 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY services/requirements-base.txt services/$name/requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
FROM base
RUN useradd -m -u 1000 app && make-it-fast
COPY services/common ./services/common
COPY --chown=app services/$name ./services/$name
USER app
EXPOSE 8000
HEALTHCHECK --interval=20s --start-period=1m CMD curl -f http://localhost:8000/health || exit 1
CMD ["python", "-m", "services.$name.main"]
END
done
cat >docker-compose.yml <<'END'
services:
  bot:
    build: { context: ., dockerfile: services/discord/Dockerfile }
    image: ghcr.io/acme/bot:latest
  redis: { image: 'redis:7' }
END
printf 'test: build\n\tpytest\nbuild:\n\tdocker build .\n' >Makefile
"$TIERBUILD" init >"$dir/out" 2>&1 || fail 'init'
has() { grep -qF -e "$1" Buildfile.lua || fail "the Buildfile lacks: $1"; }
has "local python_base = tier 'python-base' {"
has "from = 'python:3.11-slim',"
has "apt = { 'ffmpeg', 'libopus0' },"
has "pip = python.requirements('services/requirements-ml.txt', { subtract = python_base }),"
has "service 'bot' {"
has "image = 'ghcr.io/acme/bot',"
has "pip = python.requirements('services/discord/requirements.txt', { subtract = python_base }),"
has "user = { 'app', uid = 1000 },"
has "{ 'services/stt', to = '/app/services/stt', owner = 'app' },"
has "healthcheck = health.http { port = 8000, path = '/health', interval = '20s', start = '1m' },"
has 'services/stt/Dockerfile:12  RUN make-it-fast'
has 'images of others: redis'
has "-- task 'test' { run = { 'make', 'test', ARGV } }"
has "-- task 'make-build'"

"$TIERBUILD" plan --offline >"$dir/out" 2>&1 || fail 'the plan'
"$TIERBUILD" graph --format json >"$dir/out"
for target in tier:python-base tier:python-ml service:bot service:stt; do prints "\"$target\""; done
# What the tier installs is not installed again: a service on the wrong tier would show it.
"$TIERBUILD" init --print | cmp - Buildfile.lua || fail 'it is not the same twice'
