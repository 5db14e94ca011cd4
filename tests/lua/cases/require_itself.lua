local x = require 'a'
--- FILE a.lua
local b = require 'b'
return b
--- FILE b.lua
return require 'a'
