local i = image.from 'x:1'
local j = i:runn { 'x' }
