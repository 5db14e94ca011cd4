local inner = rule 'inner' { params = { port = t.port },
  function(p) return { from = 'x:1', expose = { p.port }, entry = 'x' } end }
local outer = rule 'outer' {
  function(p)
    inner(p.name .. '-inner') { port = 1 }
    return { from = p.name }
  end,
}
outer 'a' {}
