include '//*/Buildfile.lua'
service 'z' { from = 'x:1',
  healthcheck = { 'x', interval = '10 s', retry = 3 },
}
--- FILE a/Buildfile.lua
service 'a' { from = 'x:1', healthcheck = health.htp { port = 1 } }
--- FILE b/Buildfile.lua
local check = health.http {
  port = 8000,
  prober = 'lynx',
  interval = '30',
}
--- FILE c/Buildfile.lua
local check = health.process { 'a', 'b' }
--- FILE d/Buildfile.lua
local check = health.tcp {
  port = 0 }
--- FILE e/Buildfile.lua
service 'e' { from = 'x:1', healthcheck = health.cmd {} }
--- FILE f/Buildfile.lua
service 'f' { from = 'x:1', healthcheck = 'curl localhost' }
