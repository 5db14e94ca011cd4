#!/bin/sh
# Starts the service, and puts the shell out of the way of signals.
set -eu
exec python -m main "$@"
