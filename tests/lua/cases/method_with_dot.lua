local i = image.from 'x:1'
local j = i.env { A = 'b' }
