#!/bin/sh
# Models of the host go into the cache of the container.
set -e
mkdir -p /app/models
if [ -d /host-models ]; then
  cp -ru /host-models/. /app/models/
fi
exec "$@"
