include '//*/Buildfile.lua'
service 'b' { from = 'x:1',
  expose = { [3] = 80 } }
--- FILE a/Buildfile.lua
service 'a' {
  from = 'x:1',
  env = { [1.5] = 'a' },
}
