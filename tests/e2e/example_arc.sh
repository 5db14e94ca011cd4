#!/bin/sh
# examples/arc: 3 services on 2 tiers; the web services answer, the agent is alive, and all run as arcuser.
. "$(dirname "$0")/lib.sh"
. "$tests/standins/lib.sh"
example arc
made 3 2

serve arc-sherlock-brain 8000 /health
answer '"langgraph":"0.6.8"'
ask /reason '"path":["observe","deduce","conclude"]'
end
serve arc-piper-tts 8000 /health
answer '"service":"arc-piper-tts"'
end
for service in arc-sherlock-brain arc-piper-tts arc-scarlett-voice; do
  probe $service
  same "$("$TIERBUILD" run -q $service -- id -u 2>"$dir/err")" 1000 "the user of $service"
done
PATH="$(dirname "$TIERBUILD"):$PATH" "$TIERBUILD" smoke >"$dir/out" 2>&1 || fail 'the task smoke failed'
prints 'Python 3\.'

nothing_runs
lints
replace Buildfile.lua "vendor = 'A.R.C. Framework'" "vendor = 'ARC'"
build
same "$(ran)" '' 'steps that a changed label runs'
echo '# slower' >>services/arc-piper-tts/src/main.py
build
same "$(ran)" 'service:arc-piper-tts/copy' 'steps that a changed source runs'
# Files that arcuser cannot read build, but lint tells them.
replace Buildfile.lua "to = '/app/src', owner = 'arcuser'" "to = '/app/src', owner = 'root', mode = '0600'"
build
found 'error[unreadable_by_user]' "$(at Buildfile.lua 'function(p)')"
