#!/bin/sh
# The example of the README, as a new user runs it: a Debian tier from the network, two services that answer.
# With $TIERBUILD_TEST_CACHE, a directory, the store is kept there between runs.
. "$(dirname "$0")/lib.sh"
needs mmdebstrap curl
mirror=http://deb.debian.org/debian/dists/bookworm/InRelease
curl -sS -f -m 20 -o "$dir/answer" "$mirror" 2>"$dir/err" || skip "the Debian mirror cannot be reached: $(cat "$dir/err")"
[ -z "${TIERBUILD_TEST_CACHE-}" ] || export TIERBUILD_STORE="$TIERBUILD_TEST_CACHE/quickstart-store"

cp -r "$tests/../../examples/quickstart" "$dir/quickstart"
cd "$dir/quickstart"
build
"$TIERBUILD" build --progress=json >"$dir/out" 2>"$dir/err"
same "$(ran)" '' 'steps that the second build ran'

# The healthcheck is in the config, where container engines look for it.
build greeter counter -o "type=docker,dest=$dir/images.tar"
config=$(tar -xOf "$dir/images.tar" manifest.json | grep -o '"Config": *"[^"]*"' | sed 's/.*: *"//; s/"//')
for name in $config; do
  tar -xOf "$dir/images.tar" "$name" | tr -d ' \n' | grep -q '"Healthcheck":{[^}]*/health' || fail "$name has no healthcheck"
done

free_port() { echo $((20000 + ($$ * 13 + $1 * 4099) % 30000)); }
# serve NAME N: runs a service; sets $port and $pid.
serve() {
  for attempt in 1 2 3; do
    port=$(free_port "$2$attempt")
    ! curl -s -o "$dir/answer" "http://127.0.0.1:$port/" || continue
    "$TIERBUILD" run -q "$1" -e PORT="$port" >"$dir/served" 2>&1 &
    pid=$!
    started $pid
    wait_for 30 curl -sf -o "$dir/answer" "http://127.0.0.1:$port/health" && return 0
    stop $pid
  done
  fail "$1 does not answer: $(cat "$dir/served")"
}
ask() { curl -sf "http://127.0.0.1:$port$1"; }

serve greeter 1
same "$(ask '/hello?name=Ada')" '{"greeting": "Hello, Ada!"}' 'the answer of the greeter'
kill $pid && wait_for 5 gone $pid || fail 'the greeter goes on after SIGTERM'
! ask /health >"$dir/answer" || fail 'the greeter still answers'

serve counter 2
curl -sf -o "$dir/answer" -X POST "http://127.0.0.1:$port/visits"
curl -sf -o "$dir/answer" -X POST "http://127.0.0.1:$port/visits"
same "$(ask /visits)" '{"visits": 2}' 'the visits that the counter tells'
