#!/bin/sh
# A push begins while the build goes on: a layer that is made is on its way before the last step ends, and goes once.
. "$(dirname "$0")/lib.sh"
needs skopeo python3
start_registry
start_proxy "$registry"

# A file server that has nothing to give before the registry has got the blob of the first step.
cat >"$dir/server.py" <<'PYTHON'
import http.server, sys, time
log, size = sys.argv[1], int(sys.argv[2])

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        for _ in range(300):
            if any('"method": "PUT"' in line and '/blobs/' in line and '"status": 201' in line and f'"body": {size}' in line
                   for line in open(log)):
                break
            time.sleep(0.1)
        else:
            return self.send_error(404, 'the blob did not come')
        self.send_response(200)
        self.send_header('Content-Length', '4')
        self.end_headers()
        self.wfile.write(b'late')

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
PYTHON

mkdir -p "$dir/ws"
head -c 3000000 /dev/urandom >"$dir/ws/noise"
workspace <<LUA
registry '$proxy/acme' { compression = 'none', tags = { 'latest', 'two' } }
service 'web' {
  from = image.scratch(),
  steps = { copy { 'noise', to = '/noise' }, copy { fetch { 'http://SERVER/file', sha256 = '$(printf late | sha256sum | cut -c1-64)' }, to = '/late' } },
}
service 'kept' { from = image.scratch(), push = false, steps = { copy { 'busybox', to = '/kept' } } }
service 'twin' { from = image.scratch(), steps = { copy { 'noise', to = '/noise' } } }
LUA
# The size of the layer's blob, from another store.
TIERBUILD_STORE="$dir/other" build twin -o "type=oci,dest=$dir/twin/"
size=$(find "$dir/twin/blobs" -type f -size +2000k -printf '%s\n')
python3 "$dir/server.py" "$dir/proxy.log" "$size" >"$dir/server.port" 2>"$dir/server.err" &
started $!
wait_for 20 test -s "$dir/server.port" || fail "no server: $(cat "$dir/server.err")"
sed -i "s/SERVER/127.0.0.1:$(cat "$dir/server.port")/" Buildfile.lua

faults '[]'
"$TIERBUILD" push 'service:*' >"$dir/out" 2>&1 || fail 'the push failed'
# The blob went once, for two images and two tags; what is not pushed went not at all.
same "$(grep -c "\"method\": \"PUT\".*\"body\": $size" "$dir/proxy.log")" 1 'times that the blob was sent'
[ "$(count body)" -lt $((size + 100000)) ] || fail "$(count body) bytes were sent for a blob of $size"
for name in web twin; do
  skopeo copy -q --src-tls-verify=false "docker://$registry/acme/$name:two" "dir:$dir/copied-$name" || fail "$name is not whole"
done
prints '3\.0 MB|2\.9 MB|3 MB'

# A build that fails moves no tag, and nothing is waited for.
before=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/acme/web:latest")
sed -i "s/copy { fetch.*/copy { 'noise', to = '\/more' }, run { '\/none' } },/" Buildfile.lua
echo more >>noise
fails_with 1 'none' "$TIERBUILD" push --progress=plain web
same "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/acme/web:latest")" "$before" \
  'the tag after a build that failed'

# A registry that refuses is told of once, when the build is done.
sed -i "s/, run { '\/none' } },/ },/" Buildfile.lua
faults '[{"method":"POST","action":"status","status":403,"times":99}]'
fails_with 1 'cannot push .*: blob sha256:' "$TIERBUILD" push --progress=plain web
same "$(grep -c '^error' "$dir/out")" 1 'errors'
