local svc = rule 'svc' {
  function(p)
    return { from = p.base.image }
  end,
}
svc 'a' {}
svc 'b' {}
service 'c' {}
