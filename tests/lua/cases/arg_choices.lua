include '//*/Buildfile.lua'
local a = arg 'level' { 'debgu', choices = { 'debug', 'info' } }
--- FILE a/Buildfile.lua
local b = arg 'jobs' { 'many',
  type = t.int }
--- FILE b/Buildfile.lua
local c = arg 'two' { 'x', 'y' }
--- FILE c/Buildfile.lua
local d = arg 'type' { 'x', type = 'string' }
--- FILE d/Buildfile.lua
local e = arg 'port' { 8000, type = t.port }
--- FILE e/Buildfile.lua
local e = arg 'port' { 9000 }
--- FILE f/Buildfile.lua
local f = arg 'size' { type = t.enum { 's', 'm' } }
--- ARG port=high
--- ARG size=xl
