include '//*/Buildfile.lua'
local svc = rule 'svc' { params = { tags = t.list(t.string), size = t.enum { 's', 'm' } },
  function(p) return { from = 'x:1' } end }
svc 'a' { tags = { 'x', 5 },
          size = 'xl' }
svc 'b' { tags = 'x', size = 's' }
svc { size = 's' }
--- FILE a/Buildfile.lua
rule 'none' { params = {} }
--- FILE b/Buildfile.lua
rule 'two' { function() end, function() end }
--- FILE c/Buildfile.lua
rule 'typed' {
  params = { port = 'port' }, function(p) return { from = 'x:1' } end }
--- FILE d/Buildfile.lua
rule 'odd' { kind = 'image', function(p) return { from = 'x:1' } end }
--- FILE e/Buildfile.lua
rule 'same' { function(p) return { from = 'x:1' } end }
local other =
  rule 'same' { function(p) return { from = 'x:1' } end }
