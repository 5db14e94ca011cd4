local x = require 'build.rules'
