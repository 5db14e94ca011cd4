-- node: packages of npm and what a build with them makes, as layers that can stand on any image.

local tb = ...

local work = '/src'
local cache_place = '/root/.npm'

local common = {
  { 'on', t.base, "an image with node and npm, like 'node:20-slim'", required = true },
  { 'dir', t.path, 'the directory of package.json', required = true },
  { 'env', t.map(t.string), 'environment of npm' },
  { 'mounts', t.list(tb.type 'mount'), 'such as a secret for the registry of the .npmrc' },
}

---@param fields table[]
---@return table[]
local function with_common(fields)
  local all = {}
  for _, field in ipairs(common) do table.insert(all, field) end
  for _, field in ipairs(fields) do table.insert(all, field) end
  return all
end

---Whether what npm installs depends on more of the directory than the manifests.
---@param package table
---@return boolean
local function needs_sources(package)
  if package.workspaces then return true end
  for _, kind in ipairs { 'dependencies', 'devDependencies', 'optionalDependencies' } do
    for _, version in pairs(package[kind] or {}) do
      if type(version) == 'string' and (version:find '^file:' or version:find '^link:' or version:find '^%.') then return true end
    end
  end
  local scripts = package.scripts or {}
  return (scripts.preinstall or scripts.install or scripts.postinstall or scripts.prepare) ~= nil
end

---The image in which the packages of `dir` are installed in /src: it does not change with the sources.
---@param o table
---@param package table
---@param omit string? a kind of dependencies that is left out
---@return image
local function installed(o, package, omit)
  local locked, manifests = false, {}
  for _, name in ipairs { 'package.json', 'package-lock.json', 'npm-shrinkwrap.json', '.npmrc' } do
    if exists(o.dir .. '/' .. name) then
      table.insert(manifests, o.dir .. '/' .. name)
      if name:find 'lock' or name:find 'shrinkwrap' then locked = true end
    end
  end
  local sources = needs_sources(package) and { o.dir, to = work, exclude = { '**/node_modules' } } or { manifests, to = work .. '/' }
  local argv = { 'npm', locked and 'ci' or 'install', '--no-audit', '--no-fund' }
  if omit then table.insert(argv, '--omit=' .. omit) end
  argv.label = 'npm'
  argv.network = true
  argv.env = { npm_config_cache = cache_place, npm_config_update_notifier = 'false' }
  for name, value in pairs(o.env or {}) do argv.env[name] = value end
  argv.mounts = { cache.mount { target = cache_place, id = 'npm' } }
  for _, mount in ipairs(o.mounts or {}) do table.insert(argv.mounts, mount) end
  return image.from(o.on):workdir(work):copy(sources):run(argv)
end

---@param o table
---@return table
local function manifest(o)
  local path = o.dir .. '/package.json'
  if not exists(path) then tb.fail("there is no '" .. path .. "'") end
  return json.read(path)
end

---@param path string
---@param field string
local function absolute(path, field)
  if path:sub(1, 1) ~= '/' then tb.fail("'" .. field .. "' must be an absolute path, found '" .. path .. "'") end
end

tb.define {
  name = 'node.install',
  doc = 'A layer with the packages of a package.json: `npm ci` if there is a lock file, else `npm install`. A .npmrc beside '
    .. 'it is respected.',
  fields = with_common {
    { 'to', t.string, 'the directory in which node_modules is placed', required = true },
    { 'dev', t.bool, 'whether development dependencies are in it', default = 'false' },
  },
  returns = 'layer',
  function(o)
    absolute(o.to, 'to')
    local done = installed(o, manifest(o), not o.dev and 'dev' or nil)
    return tb.labelled(done:tree(work .. '/node_modules', o.to .. '/node_modules'), 'node')
  end,
}

tb.define {
  name = 'node.build',
  doc = 'A layer with what a script of package.json makes. Packages are installed as by node.install, in a step that does '
    .. 'not run again when only the sources change.',
  fields = with_common {
    { 'script', t.string, 'of package.json', default = 'build' },
    { 'out', t.string, 'the directory that the script makes, below dir', default = 'dist' },
    { 'to', t.string, 'where its content is placed', required = true },
    { 'network', t.bool, 'whether the script may use the network', default = 'false' },
  },
  returns = 'layer',
  function(o)
    absolute(o.to, 'to')
    local script, out = o.script or 'build', o.out or 'dist'
    if out:sub(1, 1) == '/' or out == '..' or out:find '^%.%./' or out:find '/%.%./' or out:find '/%.%.$' then
      tb.fail("'out' must be a directory below dir, found '" .. out .. "'")
    end
    local package = manifest(o)
    if not (package.scripts or {})[script] then
      local names = {}
      for name in pairs(package.scripts or {}) do table.insert(names, name) end
      tb.fail("'" .. o.dir .. "/package.json' has no script '" .. script .. "'",
        #names > 0 and 'it has ' .. table.concat(names, ', ') or 'it has none')
    end
    local built = installed(o, package)
      :copy({ o.dir, to = work, exclude = { '**/node_modules', out } })
      :run({ 'npm', 'run', script, label = script, network = o.network, mounts = o.mounts, env = o.env })
    return tb.labelled(built:tree(work .. '/' .. out, o.to), 'node')
  end,
}
