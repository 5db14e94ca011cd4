#!/bin/sh
# examples/morgan: 5 services on 3 tiers, on Debian and on an image of CUDA that has no `python`; each answers.
. "$(dirname "$0")/lib.sh"
. "$tests/standins/lib.sh"
example morgan
made 5 3

# check NAME PORT TEXT PATH TEXT
check() {
  serve "$1" "$2" /health
  answer "$3"
  ask "$4" "$5"
  end
}
check core 8000 '"embedder":"2.3.1"' /services '"talks_to":["llm","tts","stt","vad"]'
check llm-service 8001 '"openai":"1.12.0"' /models local
check tts-service 8002 '"torch":"2.5.1","soundfile":"0.12.1"' /voices '"sample_rate":24000'
check stt-service 8003 '"whisper":"1.0.3"' /model large-v3
check vad-service 8004 '"service":"vad"' /threshold 0.5
probe core
probe tts-service
grep -q 'harbor.in.lazarev.cloud/v2/proxy/library/python' "$dir/requests" || fail 'the base was not asked of the mirror'
! grep -q 'registry-1.docker.io' "$dir/requests" || fail 'the base was asked of Docker Hub'
grep -q 'nexus.in.lazarev.cloud/repository/pypi-proxy/simple/fastapi/' "$dir/requests" || fail 'the index was not asked'

nothing_runs
lints
replace requirements-tts.txt soundfile==0.12.1 soundfile==0.13.1
build
same "$(ran)" 'service:tts-service/pip' 'steps that a requirement of one service runs'
check tts-service 8002 '"soundfile":"0.13.1"' /voices morgan
"$TIERBUILD" build --arg cuda=12.5.0 --progress=json tts-service vad-service >"$dir/out" 2>"$dir/err" || fail 'cuda 12.5 failed'
case $(ran) in *vad-service* | *tier:slim* | '') fail "another CUDA ran: '$(ran)'" ;; esac
