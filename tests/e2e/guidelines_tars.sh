#!/bin/sh
# Each guideline of examples/tars, broken in a copy: lint says so at the right place, without a build.
. "$(dirname "$0")/lib.sh"
example_copy tars

# Versions
broken 'error[python_version]' Buildfile.lua python:3.11-slim python:3.12-slim "$(at Buildfile.lua "tier 'base-python'")"
broken 'error[pin_conflict]' apps/llm-worker/pyproject.toml 'orjson>=3.11' 'orjson<3.11' \
  "$(at packages/tars-core/pyproject.toml 'orjson>=3.11')"
broken 'warning[unpinned]' apps/router/pyproject.toml paho-mqtt==2.1.0 'paho-mqtt>=2.1.0'
broken 'warning[floating_tag]' Buildfile.lua python:3.11-slim python:3.11

# What the base has, only the base asks for; what services add stands on it.
broken 'error[base_duplicate]' Buildfile.lua "'libspeexdsp-dev'" "'libspeexdsp-dev', 'ca-certificates'"
broken 'error[shared-base]' Buildfile.lua "{ base, type" "{ 'python:3.11-slim', type" "$(at Buildfile.lua "app 'wake-activation'")"
broken 'warning[build_tools_in_runtime]' Buildfile.lua "apt = { 'curl' }" "apt = { 'curl', 'gcc' }"
broken 'warning[layer_order]' Buildfile.lua 'pip = python.project(dir)' \
  "steps = { copy { dir, to = '/app' }, sh { 'pip install -r requirements.txt' } }"
broken 'warning[cache_defeated]' Buildfile.lua 'pip = python.project(dir)' \
  "steps = { sh { 'pip install paho-mqtt==2.1.0' } }"
broken 'warning[swallowed_failure]' Buildfile.lua 'pip = python.project(dir)' "steps = { sh { 'amixer || true' } }"

# Sources: wheels need a project, copies something to copy.
broken 'error[E030]' Buildfile.lua "{ '//src'," "{ '//source',"
mv apps/llm-worker/pyproject.toml "$dir/kept"
fails_with 2 'apps/llm-worker.* pyproject.toml' "$TIERBUILD" lint
prints 'Buildfile.lua:1[0-9]:'
mv "$dir/kept" apps/llm-worker/pyproject.toml

# The team's own
providers=apps/llm-worker/src/llm_worker/providers
mv $providers/__init__.py $providers/local.py
found 'error[whole-package]' "$providers/local.py:1"
mv $providers/local.py $providers/__init__.py
: >apps/tts-worker/TARS.onnx
found 'error[assets-outside]' apps/tts-worker/TARS.onnx:1
rm apps/tts-worker/TARS.onnx
mv apps/ui/README.md "$dir/kept"
found 'error[notes]' "$(at Buildfile.lua "src 'ui' ")"
mv "$dir/kept" apps/ui/README.md
: >docker/app.Dockerfile
found 'error[no-dockerfile]' docker/app.Dockerfile:1
rm docker/app.Dockerfile

# How services run
broken 'warning[root_user]' Buildfile.lua "user = { 'app', uid = 1000 }" "user = 'root'" "$(at Buildfile.lua "app 'router'")"
found 'warning[missing_healthcheck]' "$(at Buildfile.lua "app 'router'")"

sed -i "s|volumes = { '/data/model_cache' }|volumes = { '/data/models' }|" Buildfile.lua
fails_with 1 'stale +docker-compose.yml' "$TIERBUILD" export --check
