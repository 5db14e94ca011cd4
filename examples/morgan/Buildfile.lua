registry 'harbor.in.lazarev.cloud/morgan' { tags = { 'latest' }, cache = 'buildcache',
  mirror = { ['docker.io'] = 'harbor.in.lazarev.cloud/proxy' } }   -- python:3.12-slim -> proxy/python:3.12-slim

local nexus = 'https://nexus.in.lazarev.cloud/repository/'
local cuda  = arg 'cuda' { '12.4.0', doc = 'CUDA toolkit version' }
workspace 'morgan' {
  python = { installer = 'uv', index = nexus .. 'pypi-proxy/simple', compile = true,
             caches = { cache.mount { target = '/root/.cache/uv', id = 'uv' } } },
  apt    = { caches = { cache.mount { target = '/var/cache/apt', sharing = 'locked' },
                        cache.mount { target = '/var/lib/apt',   sharing = 'locked' } } },
}

local req = function(name, opts) return python.requirements('requirements-' .. name .. '.txt', opts) end
local only = { no_deps = true }                          -- hierarchy already resolved below

local slim = tier 'slim' {
  from = 'python:3.12-slim', python = '3.12', workdir = '/app',
  apt = { 'curl', 'build-essential' }, pip = req 'base',
}
local devel = tier 'cuda-base' {
  from = 'nvidia/cuda:' .. cuda .. '-devel-ubuntu22.04', python = '3.11', workdir = '/app',
  apt = { 'python3.11', 'python3.11-dev', 'python3-pip', 'curl', 'build-essential', 'ffmpeg', 'libsndfile1' },
  pip = req 'base',
}
local gpu = tier 'cuda' { from = devel, pip = req('cuda', { extra_index = nexus .. 'pytorch-pypi/simple' }) }

local morgan = rule 'morgan' {
  params = { on = t.tier, port = t.port, req = t.string:opt(), dir = t.path },
  function(p)
    return { from = p.on, pip = p.req and req(p.req, only) or nil, expose = { p.port },
      copy = { { p.dir, to = '/app' }, { files { 'shared/**', 'config/**', 'pyproject.toml' }, to = '/app' } },
      healthcheck = health.http { port = p.port, path = '/health' }, cmd = { python.exe, 'main.py' } }
  end,
}
morgan 'core'        { on = slim, port = 8000, req = 'core', dir = 'core',         budget = '1.2GB' }
morgan 'llm-service' { on = slim, port = 8001, req = 'llm',  dir = 'services/llm', budget = '800MB' }
morgan 'tts-service' { on = gpu,  port = 8002, req = 'tts',  dir = 'services/tts', budget = '8.5GB', platforms = { 'linux/amd64' } }
morgan 'stt-service' { on = gpu,  port = 8003, req = 'stt',  dir = 'services/stt', budget = '7.2GB', platforms = { 'linux/amd64' } }
morgan 'vad-service' { on = slim, port = 8004,               dir = 'services/vad', budget = '600MB' }
lint { unpinned = 'error', layer_order = 'error', cache_defeated = 'error', base_duplicate = 'error', pin_conflict = 'error',
       missing_healthcheck = 'error', swallowed_failure = 'error', size_budget = 'warn' }
task 'up'      { doc = 'Rebuild what changed, then start', build = 'service:*', load = true, run = { 'docker', 'compose', 'up', '-d', ARGV } }
task 'release' { doc = 'Build and push production images', confirm = 'Push to Harbor?', build = 'service:*', push = true }
export.compose 'docker-compose.yml' {}
