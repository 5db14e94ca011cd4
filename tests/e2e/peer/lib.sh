# A BuildKit to compare with; sourced after lib.sh of the end-to-end tests. Debian stable's dockerd has one that is too
# old for half of the language, so that of a newer suite is unpacked once, and runs from there in namespaces of its own.
# shellcheck shell=sh disable=SC2154,SC2016
needs mmdebstrap curl unshare flock python3 docker-registry skopeo
peer_suite=${TIERBUILD_PEER_SUITE:-forky}
peer_root=${TIERBUILD_TEST_CACHE:-${TMPDIR:-/tmp}}/tierbuild-peer-$peer_suite
[ "$(uname -m)" = x86_64 ] || skip 'the base images and the peer are for amd64'

# peer_shell: a shell and its tools, which scripts of git want, from busybox.
peer_shell() {
  [ ! -e "$peer_root/usr/bin/sh" ] || return 0
  cp /bin/busybox "$peer_root/usr/bin/busybox"
  for name in $(/bin/busybox --list); do
    [ -e "$peer_root/usr/bin/$name" ] || [ -e "$peer_root/usr/sbin/$name" ] || ln -s busybox "$peer_root/usr/bin/$name"
  done
}

# peer_make: unpacks it; a testing suite's Release file may be older than it says on a mirror that lags behind.
peer_make() (
  flock 9
  [ ! -e "$peer_root/done" ] || peer_shell
  [ ! -e "$peer_root/done" ] || exit 0
  curl -sS -f -m 20 -o "$dir/answer" "http://deb.debian.org/debian/dists/$peer_suite/InRelease" 2>"$dir/err" || exit 77
  rm -rf "$peer_root"
  mmdebstrap --quiet --variant=extract --include=docker.io,docker-buildx,git,xz-utils \
    --aptopt='Acquire::Check-Valid-Until "false"' "$peer_suite" "$peer_root" http://deb.debian.org/debian \
    2>"$dir/err" || exit 1
  for name in bin sbin lib lib64; do
    [ ! -d "$peer_root/usr/$name" ] || [ -e "$peer_root/$name" ] || ln -s "usr/$name" "$peer_root/$name"
  done
  rm -rf "$peer_root/usr/share/doc" "$peer_root/usr/share/man" "$peer_root/usr/share/locale"
  mkdir -p "$peer_root/proc" "$peer_root/sys" "$peer_root/run" "$peer_root/var/tmp"
  peer_shell
  : >"$peer_root/done"
) 9>"$peer_root.lock"

# peer_daemon: what runs in the namespaces, all of it gone when they are.
peer_daemon='
  mount --bind "$1" "$1" # runc wants a root that is a mount
  mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev"
  mount -t tmpfs tmpfs "$1/run" && mount -t tmpfs tmpfs "$1/tmp"
  mkdir -p "$1$2" && mount --bind "$2" "$1$2" || exit 1
  exec chroot "$1" dockerd --host "unix://$2/docker.sock" --data-root "$2/data" --exec-root "$2/exec" \
    --pidfile "$2/docker.pid" --bridge=none --iptables=false --ip6tables=false --feature containerd-snapshotter=true'

# have_peer: unpacks it, or ends the test.
have_peer() {
  peer_make || {
    [ $? -ne 77 ] || skip 'the Debian mirror cannot be reached, and the peer comes from it'
    fail "the peer cannot be unpacked: $(tail -n 3 "$dir/err")"
  }
}

# start_peer: sets $peer_work, which has docker.sock; $PEER is the command that builds. `stop_peer` ends it.
start_peer() {
  have_peer
  peer_work=$dir/peer
  mkdir -p "$peer_work"
  : >"$peer_root/etc/resolv.conf"
  unshare --mount --pid --fork --kill-child sh -c "$peer_daemon" peer "$peer_root" "$peer_work" >"$dir/peer.log" 2>&1 &
  peer_pid=$!
  started "$peer_pid"
  loader="$peer_root/lib64/ld-linux-x86-64.so.2 --library-path $peer_root/usr/lib/x86_64-linux-gnu"
  export PEER="$loader $peer_root/usr/libexec/docker/cli-plugins/docker-buildx"
  wait_for 60 peer_decided || fail "the peer does not start: $(tail -n 3 "$dir/peer.log")"
  ! gone "$peer_pid" || skip "dockerd does not run here: $(tail -n 3 "$dir/peer.log")"
}
peer_decided() { gone "$peer_pid" || peer_answers; }
peer_answers() { curl -s --unix-socket "$peer_work/docker.sock" -o "$dir/answer" http://docker/_ping; }
stop_peer() {
  kill -9 "$peer_pid"
  wait "$peer_pid" 2>"$dir/err" || true
}

# push_bases: the images of bases.py into the registry that start_registry started.
push_bases() {
  for name in $(cd "$dir" && python3 -B - "$tests/peer" "$dir/bases" <<'PYTHON'
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import bases
print(*bases.write(Path(sys.argv[2])))
PYTHON
  ); do
    skopeo copy -q --dest-tls-verify=false "oci:$dir/bases:$name" "docker://$registry/$name:latest" \
      >"$dir/out" 2>"$dir/err" || fail "skopeo: $(cat "$dir/err")"
  done
}
