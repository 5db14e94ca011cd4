#!/bin/sh
# Each guideline of examples/fks, broken in a copy: lint says so at the right place, without a build.
. "$(dirname "$0")/lib.sh"
example_copy fks docker
cd .. && export TIERBUILD_FILE=docker/Buildfile.lua # places are relative to the root

# The checklist: which service stands on which base, and what its image is called.
broken 'error[right-base]' docker/Buildfile.lua "'ai analyze'" "'analyze', [cpu] = 'ai'" "$(at docker/Buildfile.lua 'fks(name)')"
broken 'error[right-base]' docker/Buildfile.lua "fks 'web' { on = cpu" "fks 'web' { on = ml"
broken 'error[base-chain]' docker/Buildfile.lua "fks:docker-gpu', from = ml" "fks:docker-gpu', from = cpu" "$(at docker/Buildfile.lua "tier 'gpu'")"
broken 'error[image-name]' docker/Buildfile.lua "fks 'web' {" "fks 'web' { image = 'web',"

# Packages are updated in one place.
broken 'error[base_duplicate]' ai/requirements.txt '' 'langchain'
broken 'error[base_duplicate]' training/requirements.txt '' 'mlflow==3.3.2'
broken 'error[base_duplicate]' docker/Buildfile.lua "apt = { 'libpq5' }" "apt = { 'libpq5', 'curl' }"
broken 'error[E046]' training/requirements.txt '' 'wandb==0.20.0'

# Versions, and commands whose failure counts.
broken 'warning[unpinned]' api/requirements.txt httpx==0.28.1 'httpx>=0.28'
broken 'error[swallowed_failure]' docker/Buildfile.lua 'layers = { talib } }' \
  "layers = { talib }, steps = { sh { [[ pip install django>=5.2.7 ]], shell = { 'sh', '-c' } } } }"
broken 'error[swallowed_failure]' docker/Buildfile.lua 'layers = { talib } }' "layers = { talib }, steps = { sh { 'ldconfig || true' } } }"
broken 'warning[python_version]' docker/Buildfile.lua "image = 'fks:docker', from = 'python:3.12-slim'" \
  "image = 'fks:docker', from = 'python:3.11-slim'"
broken 'warning[floating_tag]' docker/Buildfile.lua "image = 'fks:docker', from = 'python:3.12-slim'" "image = 'fks:docker', from = 'python:3.12'"

# How services run.
broken 'error[missing_healthcheck]' docker/Buildfile.lua "healthcheck = health.http { port = p.port, path = '/health' }, " '' \
  "$(at docker/Buildfile.lua 'fks(name)')"
broken 'warning[root_user]' docker/Buildfile.lua "user = { 'appuser', uid = 1000 }" "user = 'root'" "$(at docker/Buildfile.lua 'fks(name)')"
found 'warning[build_tools_in_runtime]' "$(at docker/Buildfile.lua "apt = { 'build-essential'")"

sed -i "s/'0 2 \* \* \*'/'0 3 * * *'/" docker/Buildfile.lua
fails_with 1 'stale +docker/.github/workflows/build-services.yml' "$TIERBUILD" export --check
