service 'a' {
  from = 'x:1',
  copy = {
    { 'Buildfile.lua', to = '/a' },
    { 'Buildfile.lua', to = '/b', owner = '9999999999' },
  },
}
