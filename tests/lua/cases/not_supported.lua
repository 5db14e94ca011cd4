service 'a' { from = 'x:1', apk = { 'curl' } }
service 'b' { dockerfile = 'Dockerfile' }
local r = image.dockerfile { 'x' }
