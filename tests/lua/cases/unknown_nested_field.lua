service 'a' { from = 'x:1',
  copy = {
    { 'Buildfile.lua', to = '/a' },
    { 'Buildfile.lua', to = '/b', ownr = 'app' },
  },
}
