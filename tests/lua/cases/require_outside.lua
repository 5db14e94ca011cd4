local x = require '..secrets'
