service { from = 'x:1' }
