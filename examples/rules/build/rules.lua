-- The rules of this team: `local rules = require 'build.rules'`.
local rules = {}

local labels = oci.labels { vendor = 'The team' }

---A program of the shell that runs as a user of its own.
rules.program = rule 'program' {
  params = { on = t.base, main = t.string:opt 'main.sh' },
  function(p)
    return {
      from = p.on, user = { 'app', uid = 1000 }, workdir = '/app', labels = labels,
      copy = { { 'src', to = '/app/', owner = 'app' } },
      cmd  = { '/bin/sh', p.main },
    }
  end,
}

---A program that listens. A rule that wraps a rule: it declares nothing of its own, but says what a program needs to be
---reached, and passes on the rest.
function rules.web(name)
  return function(body)
    local port = body.port or 8000
    body.port = nil
    body.expose = { port }
    body.env = body.env or {}
    body.env.PORT = tostring(port)
    body.healthcheck = body.healthcheck or health.http { port = port, path = '/' }
    return rules.program(name)(body)
  end
end

return rules
