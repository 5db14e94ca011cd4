servce 'a' { from = 'x:1' }
