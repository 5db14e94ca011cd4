local s = ('a'):rep(5000)
local x = s:find(('a*'):rep(30) .. 'b')
