#!/bin/sh
# What a step can reach: no network unless it asks, no descriptors of the program, no mounts, no devices.
. "$(dirname "$0")/lib.sh"

start_registry
workspace <<LUA
local base = require 'base'
local function step(label, fields, script) fields[1], fields.label = script, label; return sh(fields) end
service 'offline' { from = base, steps = { step('offline', {}, 'ls /sys/class/net; ! wget -q -T 2 -O - http://$registry/v2/') } }
service 'online' { from = base, steps = { step('online', { network = true },
  'wget -q -O - http://$registry/v2/ >/answer; [ -s /etc/resolv.conf ] && echo resolv.conf; rm /answer') } }
LUA
cat >>Buildfile.lua <<'LUA'
service 'confined' { from = base, steps = {
  step('descriptors', {}, 'ls /proc/$$/fd; true'),
  step('mount', {}, 'mkdir /m; ! mount -t tmpfs x /m; ! unshare -m true; ! chroot / mount -t proc x /m; rmdir /m'),
  step('devices', {}, 'ls /dev; mknod /disk b 7 0 && ! head -c 1 /disk; rm -f /disk'),
  step('kernel', {}, '! echo 1 >/proc/sys/kernel/panic; ! echo b >/proc/sysrq-trigger; [ -z "$(cat /proc/kcore | head -c 1)" ]'),
  step('processes', {}, 'ls -d /proc/[0-9]* | wc -l'),
  -- A pipe cannot be flushed: this succeeds because flushing returns at once.
  step('fsync', {}, 'echo flushed | dd conv=fsync 2>/dev/null; sync'),
} }
LUA
build
output() { sed -n "s/.*\"event\":\"output\".*\"step\":\"service:[a-z]*\/$1\",\"line\":\"\([^\"]*\)\".*/\1/p" "$dir/err" | tr '\n' ' '; }
case $(output offline) in 'lo '*) ;; *) fail "network interfaces: $(output offline)" ;; esac
case $(output online) in *resolv.conf*) ;; *) fail 'a step with network has no resolv.conf' ;; esac
same "$(output descriptors)" '0 1 2 ' 'descriptors of a step'
case " $(output devices)" in *' sda '* | *' vda '* | *' mem '* | *' kmsg '*) fail "devices of the host: $(output devices)" ;; esac
[ "$(output processes | tr -d ' ')" -lt 8 ] || fail "a step sees $(output processes)processes"
case $(output fsync) in 'flushed '*) ;; *) fail 'fsync was not answered at once' ;; esac

"$TIERBUILD" build -q online -o type=local,dest="$dir/online" >"$dir/out" 2>"$dir/err"
same "$(ls "$dir/online")" bin 'directories of the image: what the sandbox mounted is in it'
