tier 'a' { from = 'x:1' }
service 'a' { from = 'x:1' }
