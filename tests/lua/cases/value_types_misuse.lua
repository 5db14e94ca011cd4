include '//*/Buildfile.lua'
local a = t.enum 'x'
--- FILE a/Buildfile.lua
local b = t.list(5)
--- FILE b/Buildfile.lua
local c = t.strng
--- FILE c/Buildfile.lua
local d = t.int:opt('x')
local svc = rule 'svc' { params = { n = d }, function(p) return { from = 'x:1' } end }
svc 'a' {}
