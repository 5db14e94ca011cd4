local svc = rule 'svc' { function(p) end }
svc 'a' {}
