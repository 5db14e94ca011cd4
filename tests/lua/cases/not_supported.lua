service 'a' { from = 'x:1', context = '.' }
service 'b' { dockerfile = 'Dockerfile' }
local r = image.dockerfile { 'x' }
