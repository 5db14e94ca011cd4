local extra
service 'a' { from = 'x:1', steps = { run { 'a' }, extra, run { 'b' } } }
