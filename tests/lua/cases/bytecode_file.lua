local x = require 'code'
--- FILE code.lua
LJ
