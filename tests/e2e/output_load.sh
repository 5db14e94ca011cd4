#!/bin/sh
# --load gives the image to podman (no docker is needed), which runs it under its own name.
. "$(dirname "$0")/lib.sh"
needs podman runc
# A podman that keeps everything in the test's directory.
mkdir -p "$dir/bin"
podman=$(command -v podman)
cat >"$dir/bin/podman" <<END
#!/bin/sh
exec "$podman" --root "$dir/containers" --runroot "$dir/containers-run" --storage-driver vfs --runtime runc \
  --cgroup-manager cgroupfs "\$@"
END
printf '#!/bin/sh\nexit 1\n' >"$dir/bin/docker"
chmod +x "$dir/bin/podman" "$dir/bin/docker"
PATH=$dir/bin:$PATH

workspace <<'LUA'
local base = require 'base'
service 'web' { from = base, tags = { 'example.org/web:1' }, entrypoint = { 'echo' }, cmd = { 'loaded' } }
LUA
build web --load
podman run --rm --network none --ulimit nofile=10000:10000 --ulimit nproc=1000:1000 example.org/web:1 >"$dir/out" 2>"$dir/err" ||
  fail 'podman cannot run what was loaded'
same "$(cat "$dir/out")" loaded 'what the image printed'

# The file form does the same.
build web -o "type=docker,dest=$dir/web.tar" -t example.org/other:2
podman load -q -i "$dir/web.tar" >"$dir/out" 2>"$dir/err" || fail 'podman cannot load the file'
prints 'example.org/other:2'

# Where no engine answers, the message says so.
printf '#!/bin/sh\nexit 1\n' >"$dir/bin/podman"
fails_with 4 'docker.*podman' "$TIERBUILD" build --progress=plain --load web
