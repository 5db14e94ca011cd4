local svc = rule 'svc' {
  function(p)
    return {
      from = 'x:1',
      exposes = { 8000 },
    }
  end,
}
svc 'a' {}
