workspace 'tars' { python = '3.11' }
platforms { 'linux/arm64', 'linux/amd64' }
defaults { image = 'tars/{name}', env = { PYTHONUNBUFFERED = '1' } }

local core = python.wheel '//packages/tars-core'        -- one wheel, shared by every worker

local base = tier 'base-python' {                       -- docker/images/base-python
  from = 'python:3.11-slim', apt = { 'ca-certificates' }, workdir = '/app', user = { 'app', uid = 1000 },
}

local app = rule 'app' {                                -- docker/images/app
  params = { module = t.string, core = t.bool:opt(false), extras = t.list(t.string):opt {} },
  function(p)
    local wheels = { python.wheel('//apps/' .. p.name, { extras = p.extras }) }
    if p.core then table.insert(wheels, 1, core) end
    return { from = base, pip = wheels,
      copy = { { '//docker/start-app.sh', to = '/usr/local/bin/start-app', mode = '0755' } },
      env = { APP_MODULE = p.module }, entrypoint = { 'start-app' } }
  end,
}
local src = rule 'src' {                                -- docker/specialized/*
  params = { cmd = t.list(t.string) },
  function(p)
    local dir = '//apps/' .. p.name
    return { from = base, pip = python.project(dir), copy = { { dir, to = '/app', exclude = { '*.txt', '*.md' } } }, cmd = p.cmd }
  end,
}

local hf = function(dir) return { HF_HOME = dir, TRANSFORMERS_CACHE = dir,
                                  SENTENCE_TRANSFORMERS_HOME = dir, TORCH_HOME = dir } end
local own = function(dir) return run { 'install', '-d', '-o', 'app', dir } end   -- it may write here

app 'router'        { module = 'router', extras = { 'all' }, env = { PYTHONPATH = '/app/src' },
                      copy = { { '//src', to = '/app/src' } } }
app 'llm-worker'    { module = 'llm_worker', core = true, apt = { 'curl' }, env = { LOG_LEVEL = 'INFO' } }
app 'memory-worker' { module = 'memory_worker', apt = { 'build-essential' },
                      env = hf '/data/model_cache', steps = { own '/data/model_cache' }, volumes = { '/data/model_cache' } }
app 'stt-worker'    { module = 'stt_worker', core = true, env = hf '/app/models',
  apt   = { 'alsa-utils', 'pulseaudio-utils', 'portaudio19-dev', 'python3-dev', 'gcc', 'ffmpeg' },
  steps = { own '/app/models', entry.seed { from = '/host-models', to = '/app/models' } } }
app 'tts-worker'    { module = 'tts_worker', core = true, pip = { 'piper-tts' },
  apt   = { 'alsa-utils', 'sox', 'psmisc', 'pulseaudio-utils' },
  env   = { PIPER_VERSION = arg 'piper_version' { '2023.11.14-2' },
            PIPER_ARCH = by_arch { arm64 = 'linux_aarch64', amd64 = 'linux_x86_64' } },
  steps = { own '/voices', entry.seed { from = '/voice-models', to = '/voices', warn_unless = '/voices/TARS.onnx' } } }
app 'wake-activation' { module = 'wake_activation', apt = { 'libspeexdsp-dev' },
  from  = arg 'wake_base' { base, type = t.base },
  copy  = { { '//models/openwakeword', to = '/models/openwakeword' } },
  steps = { python.exec { '-c', 'import openwakeword.utils as u; u.download_models()', network = true } } }

src 'ui' { cmd = { 'python', '-u', 'main.py' }, env = { UI_CONFIG = '/config/ui.toml' },
  apt = { 'libasound2', 'libx11-6', 'libxext6', 'libxrender1', 'libxrandr2', 'libxcursor1', 'libxi6',
          'libsdl2-2.0-0', 'libsdl2-ttf-2.0-0', 'fonts-dejavu-core' } }
src 'ui-web' { cmd = { 'sh', '-c', 'exec uvicorn server:app --host "$HOST" --port "$PORT"' },
  env = { MQTT_URL = 'mqtt://127.0.0.1:1883', HOST = '0.0.0.0', PORT = '5010' } }
src 'camera-service' { cmd = { 'python', '/app/main.py' },
  apt = { 'python3-dev', 'gcc', 'libcamera-dev', 'libjpeg-dev', 'libpng-dev', 'libcap-dev', 'python3-libcamera',
          'libgl1', 'libegl1', 'libglib2.0-0', 'libsm6', 'libxext6', 'libxrender-dev', 'libgomp1' } }

lint { python_version = 'error', pin_conflict = 'error', base_duplicate = 'error', build_tools_in_runtime = 'warn' }
require 'docker.guidelines'                             -- what only this team asks for
task 'scan' { doc = 'Trivy over every image', each = 'service', run = { 'trivy', 'image', '--input', EACH.oci } }
export.compose 'docker-compose.yml' {}
