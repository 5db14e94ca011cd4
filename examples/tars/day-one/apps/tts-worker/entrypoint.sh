#!/bin/sh
set -e
mkdir -p /voices
if [ -d /voice-models ]; then
  cp -ru /voice-models/. /voices/
fi
if [ ! -f /voices/TARS.onnx ]; then
  echo "warning: /voices/TARS.onnx is missing" >&2
fi
exec "$@"
