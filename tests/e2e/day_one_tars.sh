#!/bin/sh
# TARS before it had a Buildfile: its compose file built by tierbuild, by docker, and imported gives the same images.
. "$(dirname "$0")/lib.sh"
. "$tests/peer/systems.sh"
day_one tars
