#!/bin/sh
# A registry that is down, and one that lacks the base image.
. "$(dirname "$0")/lib.sh"

start_registry
workspace <<LUA
service 'a' { from = '$registry/team/base:1.0' }
LUA
fails_with 1 'team/base:1\.0' "$TIERBUILD" build
prints 'not found|does not exist|no such|has no|unknown'
prints 'Buildfile\.lua:1'

stop "$registry_pid"
fails_with 1 "$registry" "$TIERBUILD" build
prints 'refused|[Cc]ould not connect|connect'
prints 'Buildfile\.lua:1'
fails_with 1 'offline' "$TIERBUILD" build --offline
