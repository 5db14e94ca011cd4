local t = { from = 'x:1' }
t.env = t
service 'a'(t)
