local x = read '/etc/passwd'
