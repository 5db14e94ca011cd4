service 'a' { from = 'x:1', steps = { run { 'x' } } }
workspace 'w' { root = '..' }
