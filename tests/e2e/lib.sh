# Common to the end-to-end tests, each of which starts with `. "$(dirname "$0")/lib.sh"`.
# Makes a temporary directory $dir with an empty store and an empty home; $tests is where the scripts are.
# shellcheck shell=sh disable=SC2034
set -eu
umask 022
: "${TIERBUILD:?set it to the program under test}"
: "${TIERBUILD_STEP:?set it to the tierbuild-step of the same build}"
unset TIERBUILD_FILE TIERBUILD_JOBS TIERBUILD_OFFLINE TIERBUILD_PLATFORM TIERBUILD_PROGRESS TIERBUILD_RUNTIME CI NO_COLOR
tests=$(cd "$(dirname "$0")" && pwd)

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
skip() {
  echo "SKIPPED: $*" >&2
  exit 77
}
# needs PROGRAM…: skips the test where one is missing.
needs() {
  for needed; do command -v "$needed" >/dev/null || skip "needs $needed"; done
}

[ "$(id -u)" -eq 0 ] || skip 'needs root'
[ -x /bin/busybox ] || skip 'needs the package busybox-static'

dir=$(mktemp -d)
export TIERBUILD TIERBUILD_STEP TIERBUILD_STORE="$dir/store" HOME="$dir/home" TIERBUILD_TEST_DIR="$dir"
mkdir "$dir/home"

# started PID: a process that must not outlive the test.
started() { echo "$1" >>"$dir/pids"; }
# stop PID: ends a process that the test started, and waits until it is gone.
stop() {
  kill "$1" 2>/dev/null || return 0
  wait_for 5 gone "$1" || kill -9 "$1"
  wait "$1" 2>/dev/null || true
}
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
cleanup() {
  status=${1-$?}
  trap - EXIT
  if [ -f "$dir/pids" ]; then while read -r pid; do stop "$pid"; done <"$dir/pids"; fi
  if [ "$status" -eq 0 ] || [ "$status" -eq 77 ]; then :; else
    for log in "$dir/out" "$dir/err"; do [ ! -s "$log" ] || { echo "--- last ${log##*/}" && tail -n 40 "$log"; } >&2; done
  fi
  cd / && rm -rf "$dir"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# workspace [NAME]: enters $dir/NAME (default: ws) and writes its Buildfile.lua from standard input. base.lua and
# busybox stand beside it: `local base = require 'base'` gives a tier whose steps can use a shell.
workspace() {
  mkdir -p "$dir/${1-ws}"
  cd "$dir/${1-ws}"
  cat >Buildfile.lua
  base_tier >base.lua
  cp /bin/busybox busybox
}

# A stand-in for a distribution image: one static program under all of its names. It is small and always there.
base_tier() {
  cat <<'LUA'
return tier 'base' {
  from  = image.scratch(),
  steps = {
    copy { 'busybox', to = '/bin/busybox' },
    run { '/bin/busybox', '--install', '-s', '/bin' },
  },
}
LUA
}

# build [ARG…]: must succeed; the events are in $dir/err, one JSON object a line, the table of images in $dir/out.
build() {
  "$TIERBUILD" build --progress=json "$@" >"$dir/out" 2>"$dir/err" || fail "build $* ended with status $?"
}
# The labels of the steps that the last `build` ran, sorted, on one line.
ran() {
  sed -n 's/.*"event":"step_finished".*"step":"\([^"]*\)","outcome":"ran".*/\1/p' "$dir/err" | sort | tr '\n' ' ' |
    sed 's/ $//'
}
# digest_of TARGET: of its image; builds it if that has not been done.
digest_of() { "$TIERBUILD" build -q "$1" 2>"$dir/err" | tail -n 1; }

# fails_with STATUS PATTERN COMMAND…: the command ends with STATUS and prints a line that matches (grep -E).
# Its output stays in $dir/out.
fails_with() {
  expected=$1
  pattern=$2
  shift 2
  status=0
  "$@" >"$dir/out" 2>&1 || status=$?
  [ "$status" -eq "$expected" ] || fail "'$*' ended with status $status instead of $expected"
  prints "$pattern"
}
# prints PATTERN: the last output has a line that matches.
prints() { grep -Eq -e "$1" "$dir/out" || fail "the output has no line like: $1"; }
# same A B WHAT
same() { [ "$1" = "$2" ] || fail "$3: '$1' is not '$2'"; }

# example_copy NAME [DIRECTORY]: enters a copy of an example; as it is, lint finds no error and its exports are current.
example_copy() {
  cp -r "$tests/../../examples/$1" "$dir/$1"
  cd "$dir/$1/${2-}" || return
  for _ in evaluated kept; do
    "$TIERBUILD" lint >"$dir/out" 2>&1 || fail "lint found errors in the example: $(grep -A1 '^error' "$dir/out")"
  done
  fails_with 0 '^unchanged' "$TIERBUILD" export --check
}
# at FILE TEXT: the place of TEXT, as FILE:LINE.
at() { echo "$1:$(grep -nF -e "$2" "$1" | head -n 1 | cut -d: -f1)"; }
# found RULE PLACE: `lint` finds RULE, like 'error[unpinned]', at FILE:LINE.
found() {
  "$TIERBUILD" lint >"$dir/out" 2>&1 || true
  awk '/^[a-z]+\[/ { split($1, rule, "]"); } /^ +--> / { if ($2 ~ /:[0-9]+:[0-9]+$/) sub(/:[0-9]+$/, "", $2); print rule[1] "] " $2 }' "$dir/out" >"$dir/found"
  grep -qxF -e "$1 $2" "$dir/found" || fail "lint does not find $1 at $2, but: $(cat "$dir/found")"
}
# broken RULE FILE OLD NEW [PLACE]: once FILE has NEW instead of OLD (as a last line, if OLD is empty), lint finds RULE
# there, or at PLACE; then FILE is as it was.
broken() {
  cp "$2" "$dir/kept"
  if [ -z "$3" ]; then echo "$4" >>"$2"; else
    grep -qF -e "$3" "$2" || fail "$2 lacks '$3'"
    OLD=$3 NEW=$4 perl -0pi -e 's/\Q$ENV{OLD}\E/$ENV{NEW}/' "$2"
  fi
  found "$1" "${5-$(at "$2" "$4")}"
  cp "$dir/kept" "$2"
}

# json_get FILE KEY: the last value of KEY in FILE, for keys whose name is clear.
json_get() { sed -nE "s/.*\"$2\": *(\"([^\"]*)\"|([0-9a-z.-]+)).*/\2\3/p" "$1" | tail -n 1; }

# wait_for SECONDS COMMAND…: until it succeeds; fails when it has not in time.
wait_for() {
  deadline=$(($(date +%s%3N) + $1 * 1000))
  shift
  until "$@"; do
    [ "$(date +%s%3N)" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}

# start_registry [USER PASSWORD]: a registry on the loopback interface; sets $registry (host:port) and $registry_pid.
# $registry_at is its address in place of 127.0.0.1, $registry_more is added to its configuration, $registry_tls (the directory of cert.pem and key.pem) makes it speak TLS,
# $registry_clients (a file of CAs) makes it ask for certificates. It reads REGISTRY_… as its own settings.
start_registry() {
  needs docker-registry curl
  mkdir -p "$dir/registry"
  auth=${registry_more-}
  tls=
  scheme=http
  if [ $# -eq 2 ]; then
    needs htpasswd
    htpasswd -Bbn "$1" "$2" >"$dir/registry/htpasswd"
    auth="auth: {htpasswd: {realm: test, path: $dir/registry/htpasswd}}"
  fi
  if [ -n "${registry_tls-}" ]; then
    tls=", tls: {certificate: $registry_tls/cert.pem, key: $registry_tls/key.pem${registry_clients:+, clientcas: [$registry_clients]}}"
    scheme=https
  fi
  for attempt in 1 2 3 4 5; do
    registry=${registry_at:-127.0.0.1}:$((20000 + ($$ * 7 + attempt * 7919) % 30000))
    cat >"$dir/registry/config.yml" <<END_CONFIG
version: 0.1
storage: {filesystem: {rootdirectory: $dir/registry/data}, delete: {enabled: true}}
http: {addr: '$registry', secret: test$tls}
$auth
END_CONFIG
    env -u REGISTRY_AUTH_FILE docker-registry serve "$dir/registry/config.yml" >"$dir/registry/log" 2>&1 &
    registry_pid=$!
    started "$registry_pid"
    if wait_for 20 registry_decided && ! gone "$registry_pid"; then
      wait_for 20 registry_answers && return 0
    fi
    stop "$registry_pid"
  done
  fail "no registry could be started: $(tail -n 3 "$dir/registry/log")"
}
# With client certificates it ends the handshake with one that has none: that is an answer, too.
registry_answers() {
  if [ -n "${registry_clients-}" ]; then return 0; fi
  curl -sk -o "$dir/registry/answer" "$scheme://$registry/v2/"
}
registry_decided() { gone "$registry_pid" || grep -qs 'listening on' "$dir/registry/log"; }

# start_proxy UPSTREAM [NAME]: faulty_proxy.py in front of it (- for none); sets $proxy. It notes requests in
# $dir/NAME.log, where NAME is proxy by default.
start_proxy() {
  needs python3 curl
  name=$dir/${2-proxy}
  python3 "$tests/faulty_proxy.py" "$1" "$name.log" >"$name.port" 2>"$name.err" &
  started $!
  wait_for 20 test -s "$name.port" || fail "no proxy could be started: $(cat "$name.err")"
  proxy=127.0.0.1:$(cat "$name.port")
}
# faults RULES: what the proxy is to break from now on; its counts start anew.
faults() { printf '%s' "$1" | curl -sS -f -o "$dir/answer" --data-binary @- "http://$proxy/_faults"; }
# count NAME: a count of the proxy.
count() {
  curl -sS -f "http://$proxy/_stats" >"$dir/answer"
  json_get "$dir/answer" "$1"
}

# certificate DIRECTORY [CA]: cert.pem and key.pem for 127.0.0.1 there, signed by the CA of that directory or by itself.
certificate() {
  needs openssl
  mkdir -p "$1"
  set -- "$1" "${2-}"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=${1##*/}" \
    -addext subjectAltName=IP:127.0.0.1 ${2:+-CA "$2/cert.pem" -CAkey "$2/key.pem"} \
    -keyout "$1/key.pem" -out "$1/cert.pem" 2>"$dir/openssl.err" || fail "openssl: $(cat "$dir/openssl.err")"
}

# start_index NAME==VERSION[: NEED, …]…: a package index on the loopback interface (package_index.py); sets $index.
# Its log of requests is $dir/index.log.
start_index() {
  needs python3
  python3 "$tests/package_index.py" "$dir/index" "$@" >"$dir/index.port" 2>"$dir/index.log" &
  index_pid=$!
  started "$index_pid"
  wait_for 20 test -s "$dir/index.port" || fail "no index could be started: $(cat "$dir/index.log")"
  index=http://127.0.0.1:$(cat "$dir/index.port")/simple
}
# python_base: the text of a tier on a Debian with Python, for a Buildfile.
python_base() {
  needs mmdebstrap curl
  curl -sS -f -m 20 -o "$dir/answer" http://deb.debian.org/debian/dists/bookworm/InRelease 2>"$dir/err" ||
    skip "the Debian mirror cannot be reached: $(cat "$dir/err")"
  cat <<'LUA'
local base = tier 'base' {
  from = image.debian { suite = 'bookworm', packages = { 'python3', 'python3-pip', 'python3-venv' } },
  python = '3.11',
}
LUA
}

# tree DIRECTORY: paths, types, modes, owners and contents.
tree() {
  (cd "$1" && find . -mindepth 1 \( -type f -printf '%P %y %m %U:%G ' -exec sha256sum {} \; -o -printf '%P %y %m %U:%G %l\n' \)) |
    sed 's/ \.\/.*$//' | sort
}
# config ARCHIVE [PATH]: of the only image of an OCI layout; with PATH, without what docker gives to images from scratch.
config() {
  python3 - "$@" <<'PY'
import json, sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    read = lambda name: json.load(archive.extractfile(name))
    blob = lambda item: read('blobs/' + item['digest'].replace(':', '/'))
    whole = blob(blob(read('index.json')['manifests'][0])['config'])
    config = {**whole.get('config', {}), 'author': whole.get('author', '')}
    config['Env'] = sorted(config.get('Env', []))
    if len(sys.argv) > 2:
        config['Env'] = [word for word in config['Env'] if not word.startswith('PATH=')]
        if config.get('WorkingDir') == '/':
            del config['WorkingDir']
    print(json.dumps(config, sort_keys=True))
PY
}
# same_images FILE OTHER TARGET…: both build the same files and configs, apart from the lines of $may_differ (grep -E).
same_images() {
  of=$1 other=$2
  shift 2
  for target; do
    for way in "$of" "$other"; do
      out=$dir/built.$([ "$way" = "$of" ] && echo 1 || echo 2)
      rm -rf "$out" "$out.tar"
      "$TIERBUILD" build -q -f "$way" "$target" -o "type=local,dest=$out" -o "type=oci,dest=$out.tar" \
        >"$dir/out" 2>"$dir/err" || fail "build -f $way $target"
      tree "$out" | grep -Ev "${may_differ-^$}" >"$out.tree"
      config "$out.tar" >"$out.config"
    done
    diff "$dir/built.1.tree" "$dir/built.2.tree" >&2 || fail "the files of $target differ"
    diff "$dir/built.1.config" "$dir/built.2.config" >&2 || fail "the configs of $target differ"
  done
}
