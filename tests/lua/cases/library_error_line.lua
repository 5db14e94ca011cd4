local checks = {}
checks.web = health.http { port = 8000,
  path = 'health' }
