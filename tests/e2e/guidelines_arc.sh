#!/bin/sh
# Each guideline of examples/arc, broken in a copy: lint says so at the right place, without a build. What only images tell
# is checked by example_arc.
. "$(dirname "$0")/lib.sh"
example_copy arc

# Python: aligned, or said to differ.
found 'warning[python_version]' "$(at Buildfile.lua "agent 'arc-piper-tts'")"
broken 'warning[python_version]' Buildfile.lua "'-alpine3.19' end" "'-alpine3.19' end upstream = function() return 'python:3.10-alpine' end" \
  "$(at Buildfile.lua "bases[v] = tier")"

# Step 2: what the base provides, services do not install again.
for package in libpq curl libgomp libstdc++ ca-certificates; do
  broken 'error[base_duplicate]' Buildfile.lua "expose = { 8000 }, healthcheck = http, cmd = uvicorn }" \
    "expose = { 8000 }, healthcheck = http, cmd = uvicorn, apk = { 'tzdata-doc', '$package' } }"
done
# Step 3: nor do they make its user again, or run as another one.
broken 'error[base_duplicate]' Buildfile.lua "build_apk = { 'postgresql-dev' }," "build_apk = { 'postgresql-dev' }, user = arcuser,"
broken 'error[arcuser]' Buildfile.lua "doc = 'LiveKit voice agent'," "doc = 'LiveKit voice agent', user = { 'scarlett', uid = 1001 },"
broken 'error[root_user]' Buildfile.lua "doc = 'LiveKit voice agent'," "doc = 'LiveKit voice agent', user = 'root',"
# The health check of a service replaces the base's, and may not be lost.
broken 'error[missing_healthcheck]' Buildfile.lua "migrated = false,
  expose = { 8000 }, healthcheck = http," "migrated = false,
  expose = { 8000 }," "$(at Buildfile.lua "agent 'arc-piper-tts'")"
broken 'error[labelled]' Buildfile.lua "version = '0.1.0', config" "config" "$(at Buildfile.lua "agent 'arc-sherlock-brain'")"
broken 'error[migrated]' Buildfile.lua "doc = 'LiveKit voice agent'," "doc = 'LiveKit voice agent', migrated = false,"

# The builder keeps compilers out of the image; packages go where the user may read them.
broken 'warning[build_tools_in_runtime]' Buildfile.lua "apk = { 'libsndfile' }" "apk = { 'libsndfile', 'gcc' }"
broken 'error[unreadable_by_user]' Buildfile.lua "to = '/app/src', owner" "to = '/root/src', owner" "$(at Buildfile.lua 'function(p)')"
broken 'warning[unpinned]' services/arc-sherlock-brain/requirements.txt psycopg==3.2.10 'psycopg>=3.2'
broken 'warning[floating_tag]' Buildfile.lua "'-alpine3.19' end" "'-alpine' end" "$(at Buildfile.lua 'from = upstream(v), image')"
# A time of the build reaches labels only.
broken 'error[E019]' Buildfile.lua "healthcheck = http, cmd = uvicorn }" "healthcheck = http, cmd = uvicorn, env = { BUILD_DATE = stamp.time } }"

sed -i "s/schedule = '0 6 \* \* 0'/schedule = '0 5 * * 0'/" Buildfile.lua
fails_with 1 'stale +.github/workflows/build-base-images.yml' "$TIERBUILD" export --check
