service 'a' { from = 'x:1',
  healthcheck = health.http {
    prt = 8000,
  } }
