-- Guidelines of the implementation summary that only this team has; `tierbuild lint` enforces them.

local weight = { ai = 'ml', analyze = 'ml', training = 'gpu' }
lint.rule 'right-base' {
  on = 'service', doc = 'The checklist: CPU services use the CPU base, ML services the ML base, training the GPU base.',
  function(s, report)
    local base = 'tier:' .. (weight[s.name] or 'cpu')
    if s.from ~= base then report(nil, s.name .. ' stands on ' .. s.from .. ' instead of ' .. base) end
  end,
}

lint.rule 'base-chain' {
  on = 'tier', doc = 'GPU builds on ML, and ML on CPU: packages are updated in one place.',
  function(s, report)
    local below = ({ ml = 'tier:cpu', gpu = 'tier:ml' })[s.name]
    if below and s.from ~= below then report(nil, s.name .. ' stands on ' .. s.from .. ' instead of ' .. below) end
  end,
}

lint.rule 'image-name' {
  on = 'service', doc = 'All services are pushed as nuniesmith/fks:<service>-latest.',
  function(s, report)
    if s.image ~= 'fks:{name}-latest' then report(nil, s.name .. ' is pushed as ' .. s.image) end
  end,
}
