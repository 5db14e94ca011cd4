#!/bin/sh
# examples/audio-orchestrator: 10 services on 9 tiers; each is run and answers, and a requirement is edited.
. "$(dirname "$0")/lib.sh"
. "$tests/standins/lib.sh"
example audio-orchestrator
made 10 9
all=$(ran)
fails_with 0 '^unchanged' "$TIERBUILD" export --check

# check NAME TEXT [PATH TEXT]: it is ready and knows its parts.
check() {
  serve "$1" 8000 /health/ready
  answer "\"service\":\"$1\",\"status\":\"ready\""
  answer "$2"
  [ $# -eq 2 ] || ask "$3" "$4"
  end
}
check discord '"nacl":"1.6.0"' /wake-words '"samples":"1.26.4"'
check testing '"gradio":"5.49.0"'
check monitoring '"streamlit":"1.50.0"'
check security '"pip_audit":"2.9.0"' /inventory pip-audit
check stt '"torch":"2.5.1"'
check orchestrator '"langchain":"0.3.27"'
check flan '"transformers":"4.57.1"'
check bark '"bark":"bark"'
check guardrails '"model":"detoxify"' /rules toxicity
check audio '"scipy":"1.16.2"' /formats webrtcvad
probe stt

PATH="$(dirname "$TIERBUILD"):$PATH" "$TIERBUILD" test >"$dir/out" 2>"$dir/err" || fail 'the unit tests failed'
prints '1 passed'
for tool in hadolint checkmake actionlint; do
  "$TIERBUILD" run -q tools -- "$tool" --version >"$dir/out" 2>"$dir/err" || fail "tools lacks $tool"
done

nothing_runs
lints
# What only the images tell: what came along with a package of the tier, and sizes.
broken 'error[base_duplicate]' services/stt/requirements.txt '' starlette==0.48.0
broken 'error[base_duplicate]' Buildfile.lua "'espeak-ng'," "'espeak-ng', 'python3'," "$(at Buildfile.lua 'local web =')"
broken 'warning[size_budget]' Buildfile.lua "budget = '200MB'" "budget = '1kB'"
lints
replace Buildfile.lua "env = { PYTHONPATH = '/app' }" "env = { PYTHONPATH = '/app', LOG_LEVEL = 'debug' }"
build 'tier:*' 'service:*'
same "$(ran)" '' 'steps that a changed variable runs'
echo '# a comment' >>services/requirements-base.txt
sed -i '1!G;h;$!d' services/discord/requirements.txt # its lines in reverse
build 'tier:*' 'service:*'
same "$(ran)" '' 'steps that a comment and another order run'
replace services/monitoring/requirements.txt streamlit==1.50.0 'streamlit>=1.50'
build 'tier:*' 'service:*'
# The wheelhouse is for all services, and has the same wheels as before: nobody else notices.
same "$(ran)" 'service:audio/wheels service:monitoring/pip' 'steps that a changed requirement of one service runs'
# One line of the base's requirements runs what is installed on them, all of it and once: no system packages below, no
# copies, nothing from the network but packages. Of targets that share a step, any may be the one that runs it.
shared() {
  tr ' ' '\n' | sed 's|python-ml-cpu/pip-|python-ml/pip-|; s|python-audio/apt|python-web/apt|; s|^service:.*/wheels|wheels|' | sort
}
replace services/requirements-base.txt httpx==0.26.0 httpx==0.28.1
build 'tier:*' 'service:*'
expected=$(echo "$all" | shared | grep -Ev '^base/|^fetch/|/copy|/bin$|^tier:python-base/apt$')
same "$(ran | shared)" "$expected" 'steps that a changed line of requirements-base.txt runs'
