local svc = rule 'svc' { params = { on = t.tier, port = t.port }, function(p) return { from = p.on } end }
svc 'a' { prot = 8000, on = 'x' }
svc 'b' { port = 'high', on = 'x' }
