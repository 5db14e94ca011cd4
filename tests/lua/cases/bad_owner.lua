service 'a' {
  from = 'x:1',
  copy = {
    { 'Buildfile.lua', to = '/a' },
    { 'Buildfile.lua', to = '/b', owner = '-1' },
  },
}
service 'b' { from = 'x:1', steps = {
  copy { 'Buildfile.lua', to = '/c', owner = 'app:-1' } } }
