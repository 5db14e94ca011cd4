-- What rules.web makes of its parameters; tests/run compares it with plan.json.
workspace 'web' { root = '../..' }
local rules = require 'build.rules'

rules.web 'plain' { on = image.scratch() }
rules.web 'other' { on = image.scratch(), port = 81, env = { LEVEL = 'debug' }, healthcheck = health.none() }
