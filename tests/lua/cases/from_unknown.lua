tier 'python-base' { from = 'python:3.12' }
service 'a' { from = 'pyton-base' }
service 'b' {
  from = 'tier:base',
}
service 'c' { from = image.from 'service:b2':run { 'x' } }
