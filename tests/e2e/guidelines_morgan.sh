#!/bin/sh
# Each guideline of examples/morgan, broken in a copy: lint says so at the right place, without a build.
. "$(dirname "$0")/lib.sh"
example_copy morgan

# 1. Pin all versions
broken 'error[unpinned]' requirements-cuda.txt torch==2.5.1 'torch>=2.0.0'
broken 'error[unpinned]' requirements-base.txt redis==5.0.1 redis
broken 'warning[floating_tag]' Buildfile.lua "from = 'python:3.12-slim'" "from = 'python:latest'"
broken 'error[pin_conflict]' requirements-core.txt numpy==1.26.3 'numpy==1.26.3
numpy==2.0.0' requirements-core.txt:6
broken 'warning[python_version]' Buildfile.lua "python:3.12-slim', python = '3.12'" "python:3.12-slim', python = '3.11'" \
  "$(at Buildfile.lua "tier 'slim'")"

# 2. Use the hierarchy of requirements: what the base lists, nobody lists again.
broken 'error[base_duplicate]' requirements-llm.txt '' fastapi==0.109.2
broken 'error[base_duplicate]' requirements-tts.txt '' torch==2.5.1
broken 'error[base_duplicate]' Buildfile.lua "budget = '600MB' }" "budget = '600MB', apt = { 'curl', 'sox' } }"

# 3. Order matters
broken 'error[layer_order]' Buildfile.lua "pip = p.req and req(p.req, only) or nil" \
  "steps = { copy { p.dir, to = '/app' }, sh { 'uv pip install -r requirements.txt' } }"

# 4. Use cache mounts
broken 'error[cache_defeated]' Buildfile.lua "budget = '600MB' }" \
  "budget = '600MB', steps = { sh { 'apt-get update && apt-get install -y sox' } } }"
broken 'error[cache_defeated]' Buildfile.lua "budget = '600MB' }" \
  "budget = '600MB', steps = { run { 'pip', 'install', '--no-cache-dir', 'uv' } } }"
broken 'error[cache_defeated]' Buildfile.lua "budget = '600MB' }" "budget = '600MB', steps = { copy { '//', to = '/src' }, sh { 'pip install x' } } }"

# 5. Multi-stage builds: the guide's own lists have compilers in them, which is told.
found 'warning[build_tools_in_runtime]' "$(at Buildfile.lua "apt = { 'curl', 'build-essential' }")"

# Every service has a health check; scripts stop at the first failure.
broken 'error[missing_healthcheck]' Buildfile.lua "healthcheck = health.http { port = p.port, path = '/health' }, " '' \
  "$(at Buildfile.lua "morgan 'core'")"
broken 'error[swallowed_failure]' Buildfile.lua "budget = '600MB' }" "budget = '600MB', steps = { sh { 'make models || true' } } }"

# .dockerignore lets six paths in, and no more.
mkdir docs && echo x >docs/notes.md
broken 'error[E030]' Buildfile.lua "{ p.dir, to = '/app' }" "{ p.dir, to = '/app' }, { 'docs', to = '/docs' }"
prints '.dockerignore'
rm -r docs

sed -i 's/port = 8004/port = 8005/' Buildfile.lua
fails_with 1 'stale +docker-compose.yml' "$TIERBUILD" export --check
