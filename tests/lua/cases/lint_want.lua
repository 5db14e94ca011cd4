lint { root_user = { 'warn', want = 'x' } }
