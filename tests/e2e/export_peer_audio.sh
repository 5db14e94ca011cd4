#!/bin/sh
# the Audio Orchestrator: docker makes of the exported Dockerfiles what tierbuild makes of the Buildfile.
. "$(dirname "$0")/lib.sh"
. "$tests/peer/systems.sh"
exported audio-orchestrator inline
