-- Guidelines of the migration guide that only this team has; `tierbuild lint` enforces them.

lint.rule 'migrated' {
  on = 'service', doc = 'A service whose Python is aligned is ready to stand on the base image.',
  function(s, report)
    if s.python == '3.11' and not s.extends('base-python-ai-3.11') then
      report(nil, s.name .. ' is ready, but does not stand on base-python-ai-3.11')
    end
  end,
}

lint.rule 'arcuser' {
  on = 'service', doc = 'The base image provides arcuser:1000; no service brings or becomes another user.',
  function(s, report)
    if s.user ~= 'arcuser' then report(nil, s.name .. ' runs as ' .. (s.user or 'root') .. ' instead of arcuser') end
  end,
}

lint.rule 'labelled' {
  on = 'service', doc = 'Every image says its title, description and version.',
  function(s, report)
    for _, label in ipairs { 'title', 'description', 'version' } do
      if not s.labels['org.opencontainers.image.' .. label] then report(nil, s.name .. ' has no label for its ' .. label) end
    end
  end,
}
