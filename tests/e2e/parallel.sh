#!/bin/sh
# Independent steps overlap as far as -j allows, and a shared tier's steps run once for all that stand on it.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
local stamp = 'echo start ${NAME} $(cut -d" " -f1 /proc/uptime); sleep 2; echo end ${NAME} $(cut -d" " -f1 /proc/uptime)'
service 'one' { from = base, steps = { sh { stamp, env = { NAME = 'one' } } } }
service 'two' { from = base, steps = { sh { stamp, env = { NAME = 'two' } } } }
LUA

# The order in which the steps say that they start and end.
order() {
  sed -n 's/.*"line":"\([a-z]*\) [a-z]* \([0-9.]*\)".*/\2 \1/p' "$dir/err" | sort -n | cut -d' ' -f2 | tr '\n' ' '
}
build -j1
same "$(order)" 'start end start end ' 'order with -j1'
build -j2 --no-cache-filter one,two
same "$(order)" 'start start end end ' 'order with -j2'

# 50 services on 3 tiers: 2 steps of the base and 1 of each tier above, once each.
workspace many <<'LUA'
local base = require 'base'
local low = tier 'low' { from = base, steps = { run { 'touch', '/low' } } }
local high = tier 'high' { from = low, steps = { run { 'touch', '/high' } } }
for i = 1, 50 do
  service(string.format('s%02d', i)) { from = ({ base, low, high })[i % 3 + 1], env = { N = tostring(i) } }
end
LUA
rm -rf "$TIERBUILD_STORE"
build -j4
for step in tier:low/run tier:high/run; do
  same "$(grep -c "\"event\":\"step_started\".*\"step\":\"$step\"" "$dir/err")" 1 "runs of $step"
done
same "$(ran)" 'base/scratch tier:base/copy tier:base/run tier:high/run tier:low/run' 'steps that ran'
same "$(grep -c '"event":"image","target":"service:' "$dir/err")" 50 'images of services'
