local t = {}
local at = t
for i = 1, 100 do at.next = {} at = at.next end
service 'a' { from = 'x:1', labels = t }
