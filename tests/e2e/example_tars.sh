#!/bin/sh
# examples/tars: 9 services on 1 tier; each is run and answers, and the display says what it would show.
. "$(dirname "$0")/lib.sh"
. "$tests/standins/lib.sh"
example tars
made 9 1

serve router 8100 /health
answer '"stt/final": "llm/request"'
end
serve llm-worker 8101 /health
answer '"worker":"llm-worker"'
ask '/complete?prompt=hello' '"text":"hello"'
end
serve memory-worker 8102 /health
answer '"models": "/data/model_cache", "writable": true'
end

mkdir "$dir/models" "$dir/voices"
echo model >"$dir/models/large-v3"
echo voice >"$dir/voices/TARS.onnx"
serve stt-worker 8103 /health -v "$dir/models:/host-models"
ask /models '"models":["large-v3"]'
end
serve tts-worker 8104 /health -v "$dir/voices:/voice-models"
ask /voices '"voices":["TARS.onnx"]'
end
serve tts-worker 8104 /health
ask /voices '2023.11.14-2'
grep -q TARS.onnx "$dir/served" || fail 'nothing warns of the missing voice'
end

serve wake-activation 8105 /health
answer '"openwakeword": 2, "own": ["hey_tars.tflite"]'
end
serve ui-web 5010 /health
answer '"mqtt":"mqtt://127.0.0.1:1883"'
ask / '<h1>TARS</h1>'
end
serve camera-service 8106 /health
answer '"opencv": "4.12.0.88"'
end
same "$("$TIERBUILD" run -q ui 2>"$dir/err")" '800x480: spectrum, chat (pygame 2.6.1)' 'what the display says'

nothing_runs
replace Buildfile.lua "LOG_LEVEL = 'INFO'" "LOG_LEVEL = 'DEBUG'"
build
same "$(ran)" '' 'steps that a changed variable runs'
echo '# louder' >>apps/llm-worker/src/llm_worker/__main__.py
echo '# the same' >>apps/ui/requirements.txt
build
case $(ran) in *stt-worker* | *service:ui* | *base-python* | '') fail "a changed source of one worker ran: $(ran)" ;; esac
