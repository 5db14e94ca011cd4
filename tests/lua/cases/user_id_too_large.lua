service 'a' { from = 'x:1', user = 2147483648 }
service 'b' { from = 'x:1', user = '2147483648' }
