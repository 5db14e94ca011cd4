workspace 'audio-orchestrator' { python = '3.11', constraints = 'constraints.txt' }
registry 'ghcr.io/gabrielpreston' { tags = { 'latest', stamp.git.short }, cache = 'buildcache' }
platforms { 'linux/amd64', 'linux/arm64' }
local reqs = python.requirements

local base = tier 'python-base' {
  from = 'python:3.11-slim', workdir = '/app', env = { PYTHONPATH = '/app' },
  apt  = { 'build-essential', 'curl', 'git', 'ca-certificates' },
  pip  = reqs 'services/requirements-base.txt',
}

local av = { 'ffmpeg', 'libopus0', 'libsndfile1', 'espeak-ng', 'libasound2' }
local web = tier 'python-web' { from = base, apt = av, budget = '200MB' }

local function ml_tier(name, index)                     -- one recipe, three flavours
  return tier(name) { from = base, budget = '2GB', pip = {  -- nested list = one layer each
    { 'torch>=2.0,<3.0', 'torchvision>=0.15,<1.0', 'torchaudio>=2.0,<3.0', index = index },
    { 'transformers>=4.57,<5.0', 'accelerate>=0.20,<1.0', 'safetensors>=0.3,<1.0',
      'faster-whisper>=1.2,<2.0', 'speechbrain>=0.5,<1.0' },
    { 'librosa>=0.10,<1.0', 'soundfile>=0.12,<1.0', 'scipy>=1.11,<2.0', 'numpy>=1.24,<2.0', 'bark>=0.1.5,<1.0' },
    { 'opentelemetry-exporter-jaeger>=1.20,<1.30', 'grpcio>=1.60,<2.0', 'grpcio-tools>=1.60,<2.0' } } }
end
local ml = ml_tier('python-ml', python.torch_index 'cu121')
ml_tier('python-ml-cpu', python.torch_index 'cpu')
for _, x in ipairs { 'audio', 'torch', 'transformers' } do tier('python-ml-' .. x) { from = ml } end
tier 'python-audio' { from = base, apt = av, deprecated = 'use python-web' }
local tools = tier 'tools' { from = base, apt = { 'nodejs', 'npm', 'golang' },
  pip   = reqs('services/requirements-dev.txt', { subtract = base }),
  steps = { fetch.bin { 'hadolint', 'checkmake', 'actionlint' } } }

local wheels = python.wheelhouse 'wheels' { on = base, requirements = glob 'services/*/requirements.txt', only = 'native' }

local svc = rule 'py_service' {
  params = { on = t.tier, port = t.port:opt(8000) },
  function(p)
    local dir = 'services/' .. p.name
    local r = reqs(dir .. '/requirements.txt', { subtract = p.on, find_links = wheels })
    return { from = p.on, env = { PYTHONPATH = '/app' },
      pip  = p.on == ml and python.tree { on = ml, requirements = r } or r,   -- multi-stage for ML
      copy = { { 'services/common', to = '/app/services/common' }, { dir, to = '/app/' .. dir } },
      cmd  = { 'python', '-m', 'services.' .. p.name .. '.main' },
      healthcheck = health.http { port = p.port, path = '/health/ready' } }
  end,
}
for name, on in pairs {                                 -- the mapping table, executable
  discord = web, testing = web, monitoring = web, security = web,
  stt = ml, orchestrator = ml, flan = ml, bark = ml, guardrails = ml, audio = ml,
} do svc(name) { on = on } end

group 'bases' { 'tier:*' }
lint { base_duplicate = 'error', deprecated_base = 'error', floating_tag = 'error', layer_order = 'error',
       pin_conflict = 'error', python_version = 'error', unpinned = 'warn', size_budget = 'warn' }
lint.rule 'right-tier' { on = 'service', function(s, report)
  if not s.extends(web) and not s.extends(ml) then report(nil, s.name .. ' is neither on python-web nor on python-ml') end
  for name in ('torch torchvision torchaudio transformers accelerate faster-whisper speechbrain'):gmatch '%S+' do
    local found = s.extends(web) and s.pip[name]
    if found then report(found.at, name .. ' belongs on python-ml; move this service to that tier') end
  end
end }
task 'test' { doc = 'Unit tests', args = { service = t.string:opt() }, image = tools, run = { 'pytest', 'services', ARGV } }
export.github '.github/workflows/images.yml' { plan = 'changed', push = { branch = 'main' } }
