service 'a' { cmd = { 'x' } }
