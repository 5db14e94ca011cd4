task 'idle' { doc = 'nothing' }
task 'text' { run = 'make test' }
task 'args' { args = { service = 'string' }, run = { 'x' } }
task 'nested' {
  run = { { 'a' }, { 'b', { 'c' } } },
}
task 'load' { build = 'service:*', load = 'docker' }
task 'twice' { run = { 'x' } }
task 'twice' { run = { 'y' } }
task 'bad name' { run = { 'x' } }
