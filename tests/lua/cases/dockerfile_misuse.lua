service 'a' { from = 'x:1', dockerfile = 'Dockerfile' }
service 'b' { dockerfile = 'Dokerfile' }
service 'c' { target = 'x' }
service 'd' { dockerfile = '../Dockerfile' }
service 'e' { context = '.', args = { 'x' }, contexts = { base = 7 } }
