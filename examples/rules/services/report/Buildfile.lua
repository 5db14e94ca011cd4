local rules = require 'build.rules'
rules.program 'report' { on = 'debian:12-slim', main = 'report.sh' }
