service 'a' { from = 'x:1', copy = { { '../secret', to = '/x' } } }
