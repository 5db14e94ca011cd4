#!/bin/sh
# examples/fks: 14 services on 3 tiers, whose workspace lies beside the sources; each is run and answers.
. "$(dirname "$0")/lib.sh"
. "$tests/standins/lib.sh"
example fks docker
made 14 3

# check NAME TEXT
check() {
  serve "$1" 8000 /health
  answer "\"service\":\"fks_$1\""
  answer "$2"
  end
}
check api '"httpx":"0.28.1"'
check app '"pandas":"2.3.3"'
check data '"ccxt":"4.5.8"'
check portfolio '"numpy":"2.3.3"'
check monitor '"metrics":"text/plain'
check ninja healthy
check execution '"ccxt":"4.5.8"'
check auth '"jwt":"2.10.1"'
check meta '"zmq":"27.1.0"'
check main healthy
check ai '"langchain":"0.3.27"'
check analyze '"talib":"0.6.7"'
check training '"torch":"2.8.0"'
serve web 3001 /health
answer '"django": "5.2.7"'
ask / '/assets/main-'
end
probe web
probe training
"$TIERBUILD" run -q cpu -- cat /usr/lib/libta_lib.so.0 >"$dir/out" 2>"$dir/err" || fail 'the tier lacks TA-Lib'
prints 'TA-Lib 0.4.0'

nothing_runs
lints
replace Buildfile.lua "PYTHONUNBUFFERED = '1'" "PYTHONUNBUFFERED = '0'"
build
same "$(ran)" 'tier:gpu/check tier:ml/check' 'steps that a changed variable runs: no layer, only the checks of the images'
echo 'document.title += "!";' >>../web/frontend/main.js
build
case $(ran) in *service:a* | *tier:* | '') fail "a changed script of the page ran: '$(ran)'" ;; esac
