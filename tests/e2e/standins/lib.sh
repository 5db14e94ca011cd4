# What the tests of the examples have in common; sourced after lib.sh of the end-to-end tests. The test runs in a network
# of its own, in which world.py answers for every host of the Internet and each service has its port for itself.
# shellcheck shell=sh disable=SC2154
needs docker-registry curl openssl mmdebstrap unshare python3 flock dpkg-deb
here="$tests/standins"

# Made once for each state of what they are made from, by whichever test comes first.
sum=$(cd "$here" && find . -type f ! -name lib.sh ! -name world.py | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16)
world=${TMPDIR:-/tmp}/tierbuild-standins-$sum
if [ -z "${STANDINS_NETWORK-}" ]; then
  (
    flock 9
    [ -e "$world/done" ] && exit 0
    mirror=http://deb.debian.org/debian/dists/bookworm/InRelease
    curl -sS -f -m 20 -o "$dir/answer" "$mirror" 2>"$dir/err" || exit 77
    rm -rf "$world"
    mkdir "$world"
    sh "$here/make" "$world" >"$world/log" 2>&1 || { tail -n 30 "$world/log" && exit 1; }
    : >"$world/done"
  ) 9>"$world.lock" || {
    [ $? -ne 77 ] || skip 'the Debian mirror cannot be reached, and the base images are made from it'
    fail 'the stand-ins could not be made'
  }
  rm -rf "$dir"
  STANDINS_NETWORK=1 exec unshare --net sh "$0"
fi

/bin/busybox ip link set lo up
cat >"$dir/registry.yml" <<END
version: 0.1
storage: {filesystem: {rootdirectory: $world/registry}, maintenance: {readonly: {enabled: true}}}
http: {addr: '127.0.0.1:5000', secret: test}
END
docker-registry serve "$dir/registry.yml" >"$dir/registry.log" 2>&1 &
started $!
python3 "$here/world.py" "$world" 3128 127.0.0.1:5000 "$dir/requests" >"$dir/world.log" 2>&1 &
started $!
wait_for 20 curl -s -o "$dir/answer" http://127.0.0.1:5000/v2/ || fail 'the registry does not answer'
wait_for 20 curl -s -o "$dir/answer" http://127.0.0.1:3128/ || fail 'the proxy does not answer'
export HTTP_PROXY=http://127.0.0.1:3128 HTTPS_PROXY=http://127.0.0.1:3128 NO_PROXY=127.0.0.1,localhost
export http_proxy="$HTTP_PROXY" https_proxy="$HTTPS_PROXY" no_proxy="$NO_PROXY" SSL_CERT_FILE="$world/ca.pem"

# example NAME [DIRECTORY]: enters a copy of the example, with the Buildfile as it is, and builds all tiers and services.
example() {
  cp -r "$tests/../../examples/$1" "$dir/$1"
  cd "$dir/$1/${2-}" || return
  ! grep -q 'fetch' Buildfile.lua || "$TIERBUILD" lock >"$dir/out" 2>"$dir/err" || fail 'lock failed'
  build 'tier:*' 'service:*'
}

# serve TARGET PORT PATH [ARG…]: runs it until PATH answers; the answer is in $dir/answer. ARGs are those of `run`.
serve() {
  served=$1 port=$2 path=$3
  shift 3
  "$TIERBUILD" run -q "$served" "$@" >"$dir/served" 2>&1 &
  service_pid=$!
  started $service_pid
  : >"$dir/answer"
  wait_for 60 answers "$path" || true
  [ -s "$dir/answer" ] || fail "$served does not answer: $(tail -n 20 "$dir/served")"
}
answers() { gone "$service_pid" || curl -sf -o "$dir/answer" "http://127.0.0.1:$port$1"; }
# answer TEXT: the last answer holds it.
answer() { grep -qF -e "$1" "$dir/answer" || fail "$served answers '$(cat "$dir/answer")', which lacks '$1'"; }
# ask PATH TEXT: a further question to the service that runs.
ask() {
  curl -sf -o "$dir/answer" "http://127.0.0.1:$port$1" || fail "$served: $1 does not answer"
  answer "$2"
}
# end: SIGTERM ends the service, and nothing listens any more.
end() {
  kill "$service_pid"
  wait_for 15 gone "$service_pid" || fail "$served goes on after SIGTERM"
  wait "$service_pid" 2>"$dir/err" || true
  ! curl -s -o "$dir/answer" "http://127.0.0.1:$port/" || fail "$served still listens"
}
# probe TARGET: starts it and runs its healthcheck.
probe() { "$TIERBUILD" probe "$1" >"$dir/out" 2>"$dir/err" || fail "$1 is not healthy: $(tail -n 20 "$dir/err" "$dir/out")"; }

# nothing_runs: a second build finds everything; the network is not asked.
nothing_runs() {
  : >"$dir/requests"
  build 'tier:*' 'service:*'
  same "$(ran)" '' 'steps that the second build ran'
  same "$(cat "$dir/requests")" '' 'what the second build asked of the network'
}
# lints: no finding is an error, now that the images can be looked into.
lints() { "$TIERBUILD" lint >"$dir/out" 2>&1 || fail "lint found errors: $(grep -A1 '^error' "$dir/out")"; }
# replace FILE OLD NEW
replace() {
  grep -qF -e "$2" "$1" || fail "$1 lacks '$2'"
  sed -i "s|$2|$3|" "$1"
}
# made SERVICES TIERS: that many have an image after the last `build`.
made() {
  same "$(grep -Ec '^service:[^ ]+ +[0-9a-f]{12} ' "$dir/out")" "$1" 'services built'
  same "$(grep -Ec '^tier:[^ ]+ +[0-9a-f]{12} ' "$dir/out")" "$2" 'tiers built'
}
