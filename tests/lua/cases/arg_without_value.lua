local x = arg 'token' { doc = 'needed' }
