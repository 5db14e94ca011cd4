service 'a' {
  from = 12,
  apt = 'curl',
  expose = { 70000 },
  cmd = {},
  healthcheck = { 'x', interval = 'soon' },
  budget = 'big',
  push = 'yes',
  steps = { 'make' },
  platforms = { 'linux/' },
  copy = { { 'Buildfile.lua', to = '/x', mode = 755 } },
}
