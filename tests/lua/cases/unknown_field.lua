service 'discord' {
  from = 'python:3.12-slim',
  helthcheck = health.http { port = 8001 },
}
