include '//*/Buildfile.lua'
service 'a' {
  from = 'debian:12',
  apt = { 'curl', 5,
          '' },
}
--- FILE b/Buildfile.lua
local step = apt.install 'curl'
--- FILE c/Buildfile.lua
local step = apt.instal { 'curl' }
--- FILE d/Buildfile.lua
local step = apt.install { 'curl',
  recommend = true }
