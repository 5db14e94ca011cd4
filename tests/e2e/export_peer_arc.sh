#!/bin/sh
# A.R.C.: docker makes of the exported Dockerfiles what tierbuild makes of the Buildfile.
. "$(dirname "$0")/lib.sh"
. "$tests/peer/systems.sh"
exported arc bake
