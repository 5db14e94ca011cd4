service 'a' { from = 'Python:3.12' }
local base =
  image.from 'python:':run { 'x' }
service 'b' { from = base }
