include '//*/Buildfile.lua'
service 'z' { from = 'x:1', steps = { run { 'x' }, { 'y' } } }
--- FILE a/Buildfile.lua
local s = run {}
--- FILE b/Buildfile.lua
local s = sh { 'make',
  env = { 'A=1' } }
--- FILE c/Buildfile.lua
local s = copy { to = '/x' }
--- FILE d/Buildfile.lua
local s = run 'make'
--- FILE e/Buildfile.lua
local i = image.from 'x:1'
local j = i:run { 'x', netwrk = true }
