local rules = require 'build.rules'
rules.web 'api' { on = 'python:3.12-slim', port = 8080, env = { LEVEL = 'info' } }
