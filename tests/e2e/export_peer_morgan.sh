#!/bin/sh
# Morgan: docker makes of the exported Dockerfiles what tierbuild makes of the Buildfile.
. "$(dirname "$0")/lib.sh"
. "$tests/peer/systems.sh"
exported morgan compose
