service 'c' { from = 'x:1', image = '{nme}' }
