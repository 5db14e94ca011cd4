#!/bin/sh
# Starts the installed module of this image: the launcher of every app that is a wheel.
set -eu
: "${APP_MODULE:?the image does not say which module it runs}"
exec python -m "$APP_MODULE" "$@"
