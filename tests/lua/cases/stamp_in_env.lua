service 'a' { from = 'x:1', env = { SHA = stamp.git.sha } }
