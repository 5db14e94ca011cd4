-- fetch.bin: programs that are one file, from where their authors publish them.

local tb = ...

local go = { amd64 = 'amd64', arm64 = 'arm64' }
local gnu = { amd64 = 'x86_64', arm64 = 'arm64' }
local github = 'https://github.com/'

-- Known by name: where they are, the version that is taken when none is asked for, and how they call architectures.
local known = {
  actionlint = {
    version = '1.7.7', arch = go, member = 'actionlint',
    url = github .. 'rhysd/actionlint/releases/download/v{version}/actionlint_{version}_linux_{arch}.tar.gz',
  },
  checkmake = {
    version = '0.3.2', arch = go,
    url = github .. 'checkmake/checkmake/releases/download/v{version}/checkmake-v{version}.linux.{arch}',
  },
  gosu = { version = '1.17', arch = go, url = github .. 'tianon/gosu/releases/download/{version}/gosu-{arch}' },
  hadolint = {
    version = '2.12.0', arch = gnu,
    url = github .. 'hadolint/hadolint/releases/download/v{version}/hadolint-Linux-{arch}',
  },
  jq = { version = '1.7.1', arch = go, url = github .. 'jqlang/jq/releases/download/jq-{version}/jq-linux-{arch}' },
  shfmt = {
    version = '3.8.0', arch = go,
    url = github .. 'mvdan/sh/releases/download/v{version}/shfmt_v{version}_linux_{arch}',
  },
  tini = { version = '0.19.0', arch = go, url = github .. 'krallin/tini/releases/download/v{version}/tini-{arch}' },
  yq = { version = '4.44.1', arch = go, url = github .. 'mikefarah/yq/releases/download/v{version}/yq_linux_{arch}' },
}

---@return string
local function known_names()
  local names = {}
  for name in pairs(known) do table.insert(names, name) end
  return table.concat(names, ', ')
end

---@param program string|table as the author wrote it
---@return table name, url, version, arch, member, sha256
local function resolved(program)
  if type(program) == 'string' then program = { program } end
  if #program ~= 1 then tb.fail('a program of fetch.bin needs one name') end
  local name, version = program[1]:match '^([%w._+-]+)@([%w._+-]+)$'
  name = name or program[1]
  if not name:find '^[%w][%w._+-]*$' then tb.fail("'" .. name .. "' is not the name of a program") end
  local entry = known[name]
  if not entry and not program.url then
    tb.fail("fetch.bin does not know '" .. name .. "'", 'give its url, or take one of ' .. known_names())
  end
  entry = program.url and {} or entry
  return {
    name = name,
    url = program.url or entry.url,
    version = version or program.version or entry.version or '',
    arch = program.arch or entry.arch or go,
    member = program.member or entry.member,
    sha256 = program.sha256,
  }
end

---@param program table
---@return table an entry of layer.files
local function file_of(program)
  local url = program.url:gsub('{(%w+)}', function(word)
    if word == 'version' then return program.version end
    if word == 'arch' then return by_arch(program.arch) end
    return nil
  end)
  local source = { url }
  if type(program.sha256) == 'table' then source.sha256 = by_arch(program.sha256) else source.sha256 = program.sha256 end
  local to = '/usr/local/bin/' .. program.name
  if not program.member then return { fetch(source), to = to, mode = '0755' } end
  source.unpack = true
  local archive = image.scratch():copy { fetch(source), to = '/unpacked' }
  return { '/unpacked/' .. program.member, from = archive, to = to, mode = '0755' }
end

local digests = tb.either({ t.string, t.map(t.string) }, 'a digest, or one for each architecture')
local program = tb.record({
  { 'version', t.string, 'stands for {version} in the URL' },
  { 'url', t.string, 'where it is; {version} and {arch} are filled in' },
  { 'arch', t.map(t.string), 'what {arch} is, for each architecture', default = "{ amd64 = 'amd64', arm64 = 'arm64' }" },
  { 'member', t.string, 'the program inside the archive that the URL leads to' },
  { 'sha256', digests, 'of what the URL leads to', default = 'that of the lock file' },
}, t.string, "a program: 'hadolint', 'hadolint@2.12.0' or { 'name', url = … }")

tb.define {
  name = 'fetch.bin',
  doc = 'A layer with programs that are one file, in /usr/local/bin, for the architecture that is built for. They are '
    .. 'pinned by the lock file, or by sha256. Known by name: ' .. known_names() .. '.',
  items = tb.either({ t.string, program }, "'hadolint' or a table { 'name', url = … }"),
  returns = 'layer',
  function(programs)
    if #programs == 0 then tb.fail('fetch.bin needs at least one program', 'it knows ' .. known_names()) end
    local files = {}
    for _, wanted in ipairs(programs) do table.insert(files, file_of(resolved(wanted))) end
    return tb.labelled(layer.files(files), 'bin')
  end,
}
