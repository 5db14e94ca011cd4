local rules = require 'build.rules'
--- FILE build/rules.lua
local M = {}
M.base = image.scratch().run { 'x' }
return M
