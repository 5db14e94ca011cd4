tier 'a' { from = 'x:1' }
service 'b'
