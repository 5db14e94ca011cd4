#!/bin/sh
# Each guideline of examples/audio-orchestrator, broken in a copy: lint says so at the right place, without a build. What
# only images tell is checked by example_audio.
. "$(dirname "$0")/lib.sh"
cp -r "$tests/../../examples/audio-orchestrator" "$dir/audio"
cd "$dir/audio"
fails_with 0 '^unchanged' "$TIERBUILD" export --check
found 'error[floating_tag]' "$(at Buildfile.lua python:3.11-slim)" # until `tierbuild lock` pins it
sed -i "s|'python:3.11-slim'|'python:3.11-slim@sha256:$(printf %064d 1)'|" Buildfile.lua
"$TIERBUILD" lint >"$dir/out" 2>&1 || fail "lint found errors: $(grep -A1 '^error' "$dir/out")"

# "DO NOT include": in the file of a service, by another list of the tier, and against its version.
for name in fastapi==0.118.0 pydantic==2.12.0 structlog==24.1.0 opentelemetry-sdk==1.24.0; do
  broken 'error[base_duplicate]' services/discord/requirements.txt '' "$name"
done
for name in torch transformers faster-whisper speechbrain librosa scipy grpcio; do
  broken 'error[base_duplicate]' services/stt/requirements.txt '' "$name" services/stt/requirements.txt:4
done
broken 'error[E046]' services/discord/requirements.txt '' 'httpx==0.28.1'
broken 'error[base_duplicate]' Buildfile.lua "'espeak-ng'," "'espeak-ng', 'curl'," "$(at Buildfile.lua 'local web =')"
broken 'error[right-tier]' services/security/requirements.txt '' 'torch==2.5.1'
broken 'error[right-tier]' Buildfile.lua 'security = web' 'security = base' "$(at Buildfile.lua 'svc(name)')"
broken 'error[deprecated_base]' Buildfile.lua 'testing = web' "testing = 'python-audio'" "$(at Buildfile.lua 'from = p.on')"

# Versions: those of constraints.txt are pinned, and nothing else may be a range.
! grep -q "torch>=2.0,<3.0 does not" "$dir/out" || fail 'a version of constraints.txt does not count as pinned'
broken 'warning[unpinned]' constraints.txt torch==2.5.1 '' "$(at Buildfile.lua 'torch>=2.0,<3.0')"
broken 'warning[unpinned]' services/testing/requirements.txt gradio==5.49.0 'gradio>=5'
broken 'error[pin_conflict]' constraints.txt numpy==1.26.4 numpy==2.3.3 "$(at services/discord/requirements.txt numpy==1.26.4)"
broken 'error[python_version]' Buildfile.lua python:3.11 python:3.12 "$(at Buildfile.lua "tier 'python-base'")"

# Order: system, packages, code.
broken 'error[layer_order]' Buildfile.lua "pip  = p.on == ml" \
  "steps = { copy { dir, to = '/app' }, sh { 'pip install -r requirements.txt' } }, pip  = p.on == ml"
broken 'warning[missing_healthcheck]' Buildfile.lua "healthcheck = health.http { port = p.port, path = '/health/ready' }" '' \
  "$(at Buildfile.lua 'svc(name)')"
found 'warning[root_user]' "$(at Buildfile.lua 'svc(name)')"

sed -i "s/branch = 'main'/branch = 'release'/" Buildfile.lua
fails_with 1 'stale +.github/workflows/images.yml' "$TIERBUILD" export --check
