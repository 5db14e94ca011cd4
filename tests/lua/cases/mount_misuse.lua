include '//*/Buildfile.lua'
service 'z' { from = 'x:1', steps = { run { 'x', mounts = { 'cache' } } } }
--- FILE a/Buildfile.lua
local m = cache.mount { target = '/c',
  sharing = 'sharde' }
--- FILE b/Buildfile.lua
local m = secret.mount { target = '/s' }
--- FILE c/Buildfile.lua
local m = bind.mount { from = 'nowhere',
  target = '/b' }
service 'c' { from = 'x:1', steps = { run { 'x', mounts = { m } } } }
