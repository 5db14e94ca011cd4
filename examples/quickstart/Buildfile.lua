-- Two tiers and two services: the smallest system that has every part.

-- A Debian root filesystem, made from its packages; nothing is pulled from a registry.
local debian = tier 'debian' {
  doc  = 'Debian 12, minimal',
  from = image.debian { suite = 'bookworm' },
}

-- Python on top of it. Every service that stands on this tier shares its layers.
local python = tier 'python' {
  doc  = 'Python 3.11 from Debian',
  from = debian,
  apt  = { 'python3-minimal', 'libpython3-stdlib' },
  env  = { PYTHONUNBUFFERED = '1', PYTHONDONTWRITEBYTECODE = '1' },
}

-- A rule is a function from parameters to a body: the team's own kind of service.
local http_service = rule 'http_service' {
  params = { port = t.port },
  function(p)
    return {
      from        = python,
      user        = { 'app', uid = 1000 },
      copy        = { { p.name, to = '/app' } },
      workdir     = '/app',
      env         = { PORT = tostring(p.port) },
      expose      = { p.port },
      healthcheck = health.http { port = p.port, path = '/health' },
      cmd         = { 'python3', 'server.py' },
    }
  end,
}

http_service 'greeter' { port = 8000, doc = 'Greets by name', env = { GREETING = 'Hello' } }
http_service 'counter' { port = 8001, doc = 'Counts visits' }
