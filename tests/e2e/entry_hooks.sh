#!/bin/sh
# Hooks of `entry` run in their order before the image's own entrypoint, which then is process 1.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
local hooked = tier 'hooked' {
  from  = base,
  steps = { entry.seed { from = '/host-models', to = '/app/models', warn_unless = '/app/models/first' } },
}
service 'app' {
  from       = hooked,
  steps      = { entry.init { 'sh', '-c', 'echo init after $(ls /app/models 2>/dev/null | tr "\\n" " "); cat' } },
  copy       = { { text = '#!/bin/sh\necho "pid $$ $*"\n', to = '/bin/start-app', mode = '0755' } },
  entrypoint = { 'start-app' },
  cmd        = { 'one', 'two words' },
}
service 'once'    { from = base, steps = { entry.init { 'sh', '-c', 'echo did', once = '/state/did' } }, cmd = { 'echo', 'up' } }
service 'fails'   { from = base, steps = { entry.init { 'sh', '-c', 'exit 7' } }, cmd = { 'echo', 'never' } }
service 'nothing' { from = hooked }
service 'late'    { from = base, steps = { entry.wait_tcp { host = '127.0.0.1', port = 9, timeout = '1s' } }, cmd = { 'echo', 'never' } }
service 'polite'  { from = hooked, cmd = { 'sh', '-c', 'trap "echo bye; exit 0" TERM; touch /shared/up; while :; do sleep 0.1; done' } }
service 'waits'   { from = hooked, steps = { entry.init { 'sh', '-c', 'touch /shared/up; sleep 600' } }, cmd = { 'echo', 'never' } }
LUA
mkdir models shared state
echo 1 >models/first
echo 2 >"models/a second one"
run() { "$TIERBUILD" run -q "$@" 2>"$dir/err" || fail "run $* ended with status $?: $(cat "$dir/err")"; }

same "$(run app -v "$dir/ws/models:/host-models" | tr '\n' ';')" 'init after a second one first;pid 1 one two words;' 'all in order'
same "$(run app -v "$dir/ws/models:/host-models" -- other | tail -n 1)" 'pid 1 other' 'another command'
same "$(echo typed | run hooked -v "$dir/ws/models:/host-models" -- cat)" typed 'standard input'
run hooked -- true
grep -q 'warning: /app/models/first is missing' "$dir/err" || fail 'no warning about what is missing'
run hooked -v "$dir/ws/models:/host-models" -- true
! grep -q warning "$dir/err" || fail 'a warning although the file is there'

# Only what is missing or older is copied.
mkdir kept
echo mine >kept/first
touch -d '2090-01-01' kept/first
run hooked -v "$dir/ws/models:/host-models" -v "$dir/ws/kept:/app/models" -- true
same "$(cat kept/first)" mine 'a newer file'
same "$(cat 'kept/a second one')" 2 'a missing file'

same "$(run once -v "$dir/ws/state:/state" | tr '\n' ' ')" 'did up ' 'the first start'
same "$(run once -v "$dir/ws/state:/state" | tr '\n' ' ')" 'up ' 'the second start'
fails_with 1 'exit status 7' "$TIERBUILD" run -q fails
! grep -q never "$dir/out" || fail 'the command ran after a hook that failed'
fails_with 1 'exit status 64' "$TIERBUILD" run -q nothing -e X=1 --entrypoint /usr/local/lib/entry.d/"$(
  "$TIERBUILD" run -q hooked --entrypoint ls -- /usr/local/lib/entry.d 2>"$dir/err")"
fails_with 1 '127.0.0.1:9 accepts no connections' "$TIERBUILD" run -q late

# Signals reach the command, and end a hook that still works.
for target in polite waits; do
  rm -f shared/up
  "$TIERBUILD" run -q -v "$dir/ws/shared:/shared" "$target" >"$dir/out" 2>"$dir/err" &
  pid=$!
  started $pid
  wait_for 20 test -e shared/up || fail "$target did not start"
  kill $pid
  wait_for 3 gone $pid || fail "$target goes on after SIGTERM"
  [ "$target" = waits ] || prints '^bye'
  ! grep -q never "$dir/out" || fail 'the command ran although a hook was ended'
done

# A hook is in the config and makes one layer; a change of the command rebuilds none.
build
sed -i "s/'one', 'two words'/'three'/" Buildfile.lua
build app
same "$(ran)" '' 'steps that ran for another command'
"$TIERBUILD" inspect --json app | tr -d ' \n' | grep -q '"Entrypoint":\["/usr/local/lib/entry.d/seed-[0-9a-f]*","/usr/local/lib/entry.d/init-[0-9a-f]*","start-app"\]' ||
  fail "the entrypoint is not made of the hooks: $("$TIERBUILD" inspect --json app | tr -d ' \n' | grep -o '"Entrypoint":[^]]*')"
