-- Guidelines of the centralization plan that only this team has; `tierbuild lint` enforces them.

lint.rule 'shared-base' {
  on = 'service', doc = 'Definition of done: specialized images inherit from the base too.',
  function(s, report)
    if not s.extends('base-python') then report(nil, s.name .. ' does not stand on base-python') end
  end,
}

local modules, packages = glob '//apps/*/src/**/*.py', {}
for _, file in ipairs(glob '//apps/*/src/**/__init__.py') do packages[file:match '^(.*)/'] = true end
lint.rule 'whole-package' {
  on = 'service', doc = 'Phase 3: packaged workers export all runtime modules; a wheel leaves out what is no package.',
  function(s, report)
    for _, file in ipairs(modules) do
      local app, folder = file:match '^//apps/([^/]+)/(.*)/[^/]+$'
      if app == s.name and not packages['//apps/' .. app .. '/' .. folder] then
        report(file .. ':1', folder .. ' has no __init__.py')
      end
    end
  end,
}

local assets = glob '//apps/**/*.{onnx,pt,pth,bin,gguf,safetensors,wav}'
lint.rule 'assets-outside' {
  on = 'service', doc = 'Phase 4: large assets (voices, models) come from volumes, which keeps images lean.',
  function(s, report)
    for _, file in ipairs(assets) do
      if file:match '^//apps/([^/]+)/' == s.name then report(file .. ':1', file .. ' belongs on a volume') end
    end
  end,
}

local notes = {}
for _, file in ipairs(glob '//apps/*/README.md') do notes[file:match '([^/]+)/README.md$'] = true end
lint.rule 'notes' {
  on = 'service', doc = 'Phase 4: a note for each specialized image describes its quirks and how to test it.',
  function(s, report)
    if not s.env.APP_MODULE and not notes[s.name] then report(nil, 'apps/' .. s.name .. '/README.md is missing') end
  end,
}

local dockerfiles = glob '//**/*Dockerfile*'
lint.rule 'no-dockerfile' {
  on = 'tier', doc = 'Definition of done: images are described in one place.',
  function(_, report)
    for _, file in ipairs(dockerfiles) do
      if not file:match '^//day%-one/' then report(file .. ':1', file .. ' is not built by anything') end
    end
  end,
}
