service 'a' {
  from = 'python:3',
  python = '3',
  pip = { 'flask' },
}
service 'b' {
  from = 'python:3',
  pip = { 12, { 'flask', indx = 'https://x' } },
}
