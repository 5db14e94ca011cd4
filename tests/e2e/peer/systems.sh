# Whole systems, built by tierbuild and by the peer; sourced after lib.sh of the end-to-end tests.
# shellcheck shell=sh disable=SC2154,SC2016,SC2046
. "$tests/peer/lib.sh"
[ -n "${STANDINS_NETWORK-}" ] || have_peer # the network of the stand-ins has no Debian to get it from
. "$tests/standins/lib.sh"

# enter SYSTEM: its copy, where its Buildfile is.
enter() {
  cp -r "$tests/../../examples/$1" "$dir/$1"
  cd "$dir/$1" || return
  if [ ! -e Buildfile.lua ]; then cd docker || return; fi
}
# enter_day_one SYSTEM: what its team had before the Buildfile. The peer would ask Docker Hub for the frontend of a
# `# syntax=`.
enter_day_one() {
  cp -r "$tests/../../examples/$1" "$dir/$1"
  cd "$dir/$1" || return
  find . -name Buildfile.lua -delete
  cp -r day-one/. .
  rm -r day-one
  find . -name '*Dockerfile*' -exec sed -i '/^# syntax=/d' {} +
}

# start_peer_here: the peer asks the stand-ins, too; its root has none of our files.
start_peer_here() {
  mkdir -p "$dir/peer"
  cp "$world/ca.pem" "$dir/peer/ca.pem"
  export SSL_CERT_FILE="$dir/peer/ca.pem"
  start_peer
  export DOCKER_HOST="unix://$peer_work/docker.sock"
}

# peer_bake METADATA FILE [TARGET…]: has the peer build them. It has no bridge: commands get its own network. Contexts may
# lie above the file.
export BUILDX_BAKE_ENTITLEMENTS_FS=0
peer_bake() {
  metadata=$1 file=$2
  shift 2
  $PEER bake -f "$file" --print "$@" >"$dir/print" 2>"$dir/err" || fail "bake --print: $(cat "$dir/err")"
  python3 - "$dir/print" >"$dir/overlay.json" <<'PYTHON'
import json, os, sys
own = {'network': 'host', 'platforms': ['linux/amd64'],
       'args': {name: os.environ[name] for name in ('HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY')}}
print(json.dumps({'target': {name: own for name in json.load(open(sys.argv[1]))['target']}}))
PYTHON
  $PEER bake --progress=plain --allow=network.host --provenance=false --metadata-file="$metadata" \
    --set '*.output=type=image,compression=uncompressed' -f "$file" -f "$dir/overlay.json" "$@" \
    >"$dir/out" 2>"$dir/err" || fail "bake -f $file"
}

# equal NAME METADATA NAME METADATA: what the first built, tierbuild or docker, the second built as well.
equal() {
  python3 -B "$tests/peer/systems.py" "$1=$(blobs_of "$1"):$2" "$3=$(blobs_of "$3"):$4" ||
    fail "the images of $1 are not those of $3"
}
blobs_of() {
  case $1 in
    docker) echo "$peer_work/data/containerd/daemon/io.containerd.content.v1.content/blobs/sha256" ;;
    *) echo "$TIERBUILD_STORE/blobs/sha256" ;;
  esac
}

# day_one SYSTEM: its compose file built by tierbuild, by docker, and imported gives the same images.
day_one() {
  enter_day_one "$1"
  build -f docker-compose.yml --metadata-file="$dir/compose.json"
  "$TIERBUILD" import docker-compose.yml >"$dir/out" 2>"$dir/err" || fail 'import'
  build --metadata-file="$dir/import.json" 'service:*'
  equal compose "$dir/compose.json" import "$dir/import.json"
  start_peer_here
  peer_bake "$dir/docker.json" docker-compose.yml $(targets_of "$dir/compose.json")
  equal compose "$dir/compose.json" docker "$dir/docker.json"
  stop_peer
}
targets_of() { python3 -c 'import json, sys; print(*json.load(open(sys.argv[1])))' "$1"; }

# exported SYSTEM FORM: docker makes of the exported files what tierbuild makes of the Buildfile. FORM is `inline`, a bake
# file that has the Dockerfiles in it, `bake`, one that names the exported Dockerfile, or `compose`, which has services only.
exported() {
  enter "$1"
  all="{ build = { 'tier:*', 'service:*' } }"
  [ "$2" = inline ] || echo "export.dockerfile '//Dockerfile' $all" >>Buildfile.lua
  [ "$2" = compose ] || echo "export.bake 'docker-bake.json' $all" >>Buildfile.lua
  file=docker-bake.json
  [ "$2" != compose ] || file=docker-compose.yml
  git init -q . && git add -A && git -c user.name=t -c user.email=t@example.org commit -q -m all
  "$TIERBUILD" lock >"$dir/out" 2>"$dir/err" || fail 'lock'
  build --metadata-file="$dir/tierbuild.json" 'service:*' $([ "$2" = compose ] || echo 'tier:*')
  "$TIERBUILD" export >"$dir/out" 2>"$dir/err" || fail 'export'
  STAMP_GIT_SHORT=$(git rev-parse --short HEAD) STAMP_TIME=2026-01-01T00:00:00Z
  export STAMP_GIT_SHORT STAMP_TIME
  start_peer_here
  peer_bake "$dir/docker.json" "$file" $([ "$2" != compose ] || targets_of "$dir/tierbuild.json")
  equal tierbuild "$dir/tierbuild.json" docker "$dir/docker.json"
  stop_peer
}
