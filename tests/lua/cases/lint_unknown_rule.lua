lint { root_usr = 'error' }
