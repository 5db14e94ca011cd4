service 'web' { from = 'x:1' }
task 'test' {
  needs = { 'lint', 'bild' },
  run = { 'true' },
}
task 'lint' { run = { 'true' }, each = 'servce:*',
  image = 'wep' }
task 'build-all' {
  build = { 'service:*', 'web2' } }
