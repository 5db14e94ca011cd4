-- python: packages of Python, one layer for each list; wheels, environments and trees built beside the image.

local tb = ...

local pip_types = tb.pip_types()

---@return table the workspace's field `python`, if it is a table
local function settings()
  local python = tb.settings 'python'
  return type(python) == 'table' and python or {}
end

---@param text string
---@return string one word of a shell
local function quote(text)
  if text:find '^[%w%%+,./:=@_-]+$' then return text end
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

---@param words string[]
---@return string
local function quoted(words)
  local out = {}
  for _, word in ipairs(words) do table.insert(out, quote(word)) end
  return table.concat(out, ' ')
end

-- What makes a layer of packages depend on nothing but the packages.
local env = {
  PIP_BREAK_SYSTEM_PACKAGES = '1',
  PIP_CACHE_DIR = '/root/.cache/pip',
  PIP_DISABLE_PIP_VERSION_CHECK = '1',
  PIP_NO_INPUT = '1',
  PIP_ROOT_USER_ACTION = 'ignore',
  PYTHONDONTWRITEBYTECODE = '1', -- for pip's own modules
  UV_BREAK_SYSTEM_PACKAGES = '1',
  UV_CACHE_DIR = '/root/.cache/uv',
  UV_LINK_MODE = 'copy', -- the cache is another filesystem
  UV_NO_PROGRESS = '1',
  UV_PYTHON_DOWNLOADS = 'never',
}

-- A ZIP archive cannot hold a time before 1980.
local wheel_env = { SOURCE_DATE_EPOCH = '315532800' }
for name, value in pairs(env) do wheel_env[name] = value end

---@param more mount[]
---@return mount[]
local function with_caches(more)
  local mounts = {}
  for _, mount in ipairs(settings().caches or {
    cache.mount { target = '/root/.cache/pip', id = 'pip' },
    settings().installer == 'uv' and cache.mount { target = '/root/.cache/uv', id = 'uv' } or nil,
  }) do table.insert(mounts, mount) end
  for _, mount in ipairs(more) do table.insert(mounts, mount) end
  return mounts
end

---Lines that set $python. Where no version is declared, images differ in what they call it.
---@param exe string
---@return string
local function find_python(exe)
  local names = exe == 'python' and { 'python', 'python3' } or { exe }
  return ([[
python=
for name in %s; do
  if [ -z "$python" ] && command -v "$name" >/dev/null; then python=$name; fi
done
if [ -z "$python" ]; then echo 'there is no %s in this image' >&2; exit 1; fi
]]):format(quoted(names), exe)
end

---The line by which a script is shown to people.
---@param words string
---@param names string[]
---@return string
local function title(words, names) return ': ' .. words .. ' ' .. quoted(names) .. '\n' end

---Options that tell where packages are found, alike for pip and uv.
---@param group table
---@param insecure string the option that allows a host without TLS
---@return string[]
local function source_words(group, insecure)
  local words = {}
  if group.index then table.insert(words, '--index-url=' .. group.index) end
  for _, index in ipairs(group.extra_index) do table.insert(words, '--extra-index-url=' .. index) end
  for _, link in ipairs(group.find_links) do table.insert(words, '--find-links=' .. link) end
  for _, host in ipairs(group.trusted_host) do table.insert(words, insecure .. '=' .. host) end
  for _, word in ipairs(group.options) do table.insert(words, word) end
  return words
end

---@param group table
---@param words string[]
---@return string
local function with_requirements(group, words)
  if group.no_deps then table.insert(words, '--no-deps') end
  if group.constraints then table.insert(words, '--constraint=' .. group.constraints) end
  if group.requirements then table.insert(words, '--requirement=' .. group.requirements) end
  return quoted(words)
end

---@param group table
---@return string[]
local function pip_words(group)
  local words = source_words(group, '--trusted-host')
  if group.pre then table.insert(words, '--pre') end
  if group.prefer_binary then table.insert(words, '--prefer-binary') end
  return words
end

local installers = {}

function installers.pip(group)
  local compile = settings().compile and '--compile ' or '--no-compile '
  return '"$python" -m pip install ' .. compile .. with_requirements(group, pip_words(group)) .. ' "$@"\n'
end

-- uv comes from the image, else from the index into a cache of its own, one for each kind of C library: no layer
-- holds it. It is moved into place whole, as two steps may fetch it at the same time.
local find_uv = [[
uv=uv
if ! command -v uv >/dev/null; then
  abi=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("SOABI"))')
  uv=/run/tierbuild/uv/$abi/bin/uv
  if [ ! -x "$uv" ]; then
    new=$(mktemp -d /run/tierbuild/uv/new.XXXXXX)
    "$python" -m pip install --quiet --no-compile --target="$new" %s uv
    "$python" -c 'import os, sys; os.rename(*sys.argv[1:])' "$new" "/run/tierbuild/uv/$abi" 2>/dev/null || rm -rf "$new"
  fi
fi
]]

function installers.uv(group)
  local words = source_words(group, '--allow-insecure-host')
  if group.pre then table.insert(words, '--prerelease=allow') end
  if settings().compile then table.insert(words, '--compile-bytecode') end
  local fetch = quoted(source_words(group, '--trusted-host'))
  table.insert(group.mounts, cache.mount { target = '/run/tierbuild/uv', id = 'uv-program' })
  return find_uv:gsub('%%s', function() return fetch end)
    .. '"$uv" pip install --python "$(command -v "$python")" ' .. with_requirements(group, words) .. ' "$@"\n'
end

---The directory of a built wheel, from a stage of its own that all targets on the same image share.
---@param wheel table
---@param group table
---@param on image
---@return mount
local function built_wheel(wheel, group, on)
  local name = wheel.name:find '^[%w_][%w._-]*$' and wheel.name or 'project'
  local made = layer.build('wheel-' .. name) {
    on = on,
    cwd = '/src',
    network = true,
    env = wheel_env,
    mounts = with_caches { wheel.source },
    sh = title('pip wheel', { wheel.name }) .. find_python(tb.exe_of(on)) .. '"$python" -m pip wheel --quiet --no-deps --wheel-dir "$OUT" '
      .. quoted(pip_words { index = group.index, extra_index = group.extra_index, find_links = {},
                            trusted_host = group.trusted_host, options = {} }) .. ' .\n',
  }
  return bind.mount { from = image.scratch():with(made), target = wheel.target }
end

---@param group table what tb.pip_groups made
---@param exe string
---@param on image? what wheels are built on
---@return step
local function install(group, exe, on)
  local installer = settings().installer or 'pip'
  local script = title(installer == 'uv' and 'uv pip install' or 'pip install', group.names)
    .. find_python(exe) .. 'set --\n'
  for _, wheel in ipairs(group.wheels) do
    if wheel.source then
      local builder = wheel.on or on
      if not builder then
        tb.fail("the wheel of '" .. wheel.name .. "' is built on no image", "write on = 'python:3.12-slim'")
      end
      table.insert(group.mounts, built_wheel(wheel, group, builder))
    end
    script = script .. ('for file in %s/*; do set -- "$@" "$file"%s; done\n'):format(wheel.dir, quote(wheel.extras))
  end
  script = script .. installers[installer](group)
  return sh { script, label = 'pip', network = true, env = env, mounts = with_caches(group.mounts) }
end

---@param fields table[]
---@return table[]
local function with_settings(fields)
  for _, field in ipairs(pip_types.fields) do table.insert(fields, field) end
  return fields
end

tb.define {
  name = 'python.install',
  doc = 'Steps that install packages: the plain entries in one layer, each list in a layer of its own. This is what the field pip of a target does.',
  items = pip_types.item,
  fields = with_settings {
    { 'exe', t.string, 'the interpreter', default = 'python' },
    { 'on', tb.type 'base', 'the image that wheels are built on' },
  },
  returns = 'step[]',
  function(list)
    local steps = {}
    for _, group in ipairs(tb.pip_groups(list)) do
      table.insert(steps, group.layer or tb.with_installed(install(group, list.exe or 'python', list.on), group.entries))
    end
    return steps
  end,
}

-- --- stages beside the image

local tools = {
  { 'apt', t.list(t.string), 'Debian packages that are needed to build' },
  { 'apk', t.list(t.string), 'Alpine packages that are needed to build' },
}

---@param on image
---@param options { apt: string[]?, apk: string[]? }
---@return image
local function with_tools(on, options)
  local builder = image.from(on)
  if options.apt then builder = builder:with(apt.install(options.apt)) end
  if options.apk then builder = builder:with(apk.install(options.apk)) end
  return builder
end

---The field `requirements`: files, or lists that were read already.
---@param value string|requirements|(string|requirements)[]
---@return requirements[]
local function lists_of(value)
  if type(value) ~= 'table' then value = { value } end
  local lists = {}
  for _, item in ipairs(value) do
    table.insert(lists, type(item) == 'string' and python.requirements(item) or item)
  end
  return lists
end

---@param value any the field `requirements`
---@param options table
---@return table for python.install
local function pip_list(value, options)
  local list = lists_of(value)
  for _, field in ipairs(pip_types.fields) do list[field[1]] = options[field[1]] end
  return list
end

---@param builder image
---@param list table
---@param exe string
---@return image
local function with_packages(builder, list, exe)
  local argument = { exe = exe, on = builder }
  for key, value in pairs(list) do argument[key] = value end
  for _, step in ipairs(python.install(argument)) do builder = builder:with(step) end
  return builder
end

---@param fields table[]
---@return table[]
local function stage_fields(fields)
  table.insert(fields, 1, { 'on', tb.type 'base', 'the image it is built on', required = true })
  table.insert(fields, { 'requirements', pip_types.lists, 'a requirements file, a list of requirements, or several',
                         required = true })
  for _, field in ipairs(tools) do table.insert(fields, field) end
  return with_settings(fields)
end

tb.define {
  name = 'python.venv',
  doc = 'A virtual environment as a layer: built in a stage that has the tools, placed at the same path anywhere. Its bin '
    .. 'comes first in the PATH of the image.',
  fields = stage_fields { { 'path', t.string, 'where it is', default = '/opt/venv' } },
  returns = 'layer',
  function(o)
    local path = o.path or '/opt/venv'
    if path:sub(1, 1) ~= '/' then tb.fail("'path' of python.venv must be absolute, found '" .. path .. "'") end
    local list = pip_list(o.requirements, o)
    local builder = with_tools(o.on, o):with(sh {
      title('python -m venv', { path }) .. find_python(tb.exe_of(o.on)) .. '"$python" -m venv ' .. quote(path) .. '\n'
        .. 'find ' .. quote(path) .. ' -type d -name __pycache__ -prune -exec rm -rf {} +\n',
      label = 'venv', env = env,
    })
    local made = with_packages(builder, list, path .. '/bin/python'):tree(path)
    return tb.with_bin(tb.with_installed(made, list), path .. '/bin')
  end,
}

tb.define {
  name = 'python.tree',
  doc = 'What pip adds to an image, as a layer: installed in a stage on the same image, whose tools stay behind.',
  fields = stage_fields {},
  returns = 'layer',
  function(o)
    local list = pip_list(o.requirements, o)
    local builder = with_tools(o.on, o)
    return tb.with_installed(with_packages(builder, list, tb.exe_of(o.on)):diff(builder), list)
  end,
}

tb.define {
  name = 'python.wheelhouse',
  doc = 'Wheels of all that the lists ask for, built once: an image for find_links.',
  shape = 'curried',
  fields = stage_fields {
    { 'only', t.enum { 'all', 'native' }, 'native: without wheels that any platform can use', default = 'all' },
  },
  returns = 'image',
  function(name, o)
    local script, mounts = title('pip wheel', { name }) .. find_python(tb.exe_of(o.on)), {}
    for i, list in ipairs(lists_of(o.requirements)) do
      local asked = { list }
      for _, field in ipairs(pip_types.fields) do asked[field[1]] = o[field[1]] end
      for j, group in ipairs(tb.pip_groups(asked, i)) do
        if group.requirements then
          for _, mount in ipairs(group.mounts) do table.insert(mounts, mount) end
          script = script .. '"$python" -m pip wheel --quiet --wheel-dir "$OUT" '
            .. with_requirements(group, pip_words(group)) .. '\n'
        end
      end
    end
    if o.only == 'native' then script = script .. 'rm -f "$OUT"/*-none-any.whl\n' end
    return image.scratch():with(layer.build(name) {
      on = with_tools(o.on, o), network = true, env = wheel_env, mounts = with_caches(mounts), sh = script,
    })
  end,
}

tb.define {
  name = 'python.torch_index',
  doc = 'The package index of PyTorch for one kind of processor.',
  shape = 'call',
  fields = { { 'tag', t.string, "like 'cpu', 'cu121' or 'rocm6.2'", required = true } },
  returns = 'string',
  function(tag)
    if not (tag == 'cpu' or tag == 'xpu' or tag:find '^cu%d%d%d?$' or tag:find '^rocm%d[%d.]*$') then
      tb.fail("'" .. tag .. "' is no kind of processor that PyTorch has an index for", "such as 'cpu' or 'cu121'")
    end
    return 'https://download.pytorch.org/whl/' .. tag
  end,
}
