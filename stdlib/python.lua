-- python: packages of Python, one layer for each list.

local tb = ...

---@param requirement string
local function check(requirement)
  if requirement == '' or requirement:find '^%s*%-' or requirement:find '[\n\r]' then
    tb.fail("'" .. requirement .. "' is not a requirement", "write requirements like 'fastapi==0.118.0'")
  end
end

---@param requirements string[]
---@param options { index: string?, extra_index: string? }
---@return step
local function install(requirements, options)
  local settings = tb.settings 'python'
  if type(settings) ~= 'table' then settings = {} end
  if settings.installer == 'uv' then tb.unsupported "installer = 'uv'" end
  local argv = { 'python3', '-m', 'pip', 'install' }
  if not settings.compile then table.insert(argv, '--no-compile') end
  local index = options.index or settings.index
  local extra = options.extra_index or settings.extra_index
  if index then table.insert(argv, '--index-url=' .. index) end
  if extra then table.insert(argv, '--extra-index-url=' .. extra) end
  for _, requirement in ipairs(requirements) do
    check(requirement)
    table.insert(argv, requirement)
  end
  argv.label = 'pip'
  argv.network = true
  argv.env = {
    PIP_BREAK_SYSTEM_PACKAGES = '1',
    PIP_CACHE_DIR = '/root/.cache/pip',
    PIP_DISABLE_PIP_VERSION_CHECK = '1',
    PIP_NO_INPUT = '1',
    PIP_ROOT_USER_ACTION = 'ignore',
    PYTHONDONTWRITEBYTECODE = '1', -- for pip's own modules
  }
  argv.mounts = settings.caches or { cache.mount { target = '/root/.cache/pip', id = 'pip' } }
  return run(argv)
end

tb.define {
  name = 'python.install',
  doc = 'Steps that install requirements with pip: the plain ones in one layer, each list in a layer of its own.',
  items = t.any,
  fields = {
    { 'index', t.string, 'package index' },
    { 'extra_index', t.string, 'a further one' },
  },
  returns = 'step[]',
  function(pip)
    local plain, steps = {}, {}
    for _, entry in ipairs(pip) do
      if type(entry) == 'string' then
        if #plain == 0 then table.insert(steps, plain) end
        table.insert(plain, entry)
      elseif type(entry) == 'table' then
        table.insert(steps, entry)
      else
        tb.fail(tostring(entry) .. ' is not a requirement')
      end
    end
    for i, list in ipairs(steps) do
      steps[i] = install(list, { index = list.index or pip.index, extra_index = list.extra_index or pip.extra_index })
    end
    return steps
  end,
}
