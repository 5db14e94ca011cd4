-- apt: Debian packages in one layer, from caches that no layer holds and without traces of when it ran.

local tb = ...

---@return mount[]
local function caches()
  return {
    cache.mount { target = '/var/cache/apt', id = 'apt-cache', sharing = 'locked' },
    cache.mount { target = '/var/lib/apt/lists', id = 'apt-lists', sharing = 'locked' },
  }
end

-- The images of Docker carry apt.conf.d/docker-clean, which empties the cache after every run. The step reads
-- all parts of the configuration but this one, from a directory of its own, so that the image keeps the file.
local script = [[
conf=$(mktemp -d)
trap 'rm -rf "$conf"' EXIT
mkdir "$conf/parts"
for part in /etc/apt/apt.conf.d/*; do
  if [ -e "$part" ] && [ "${part##*/}" != docker-clean ]; then ln -s "$part" "$conf/parts/"; fi
done
cat > "$conf/apt.conf" <<EOF
Dir::Etc::Parts "$conf/parts";
APT::Keep-Downloaded-Packages "true";
APT::Sandbox::User "root";
EOF
export APT_CONFIG="$conf/apt.conf"
apt-get update
apt-get install -y --no-install-recommends %s
rm -rf /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache
]]

tb.define {
  name = 'apt.install',
  doc = 'A step that installs Debian packages.',
  items = t.string,
  returns = 'step',
  function(packages)
    local words = tb.package_words(packages, 'apt.install', '^[%w][%w+.:~=/*-]*$', 'write one package in each string')
    return sh {
      (script:gsub('%%s', function() return words end)),
      label = 'apt',
      network = true,
      env = { DEBIAN_FRONTEND = 'noninteractive' },
      mounts = tb.package_caches('apt', caches),
    }
  end,
}

tb.define {
  name = 'apt.repo',
  doc = 'A layer with a package repository and its key. It stands in front of the packages, `apt = { apt.repo { … }, '
    .. "'nodejs' }`, or in `steps` before apt.install.",
  items = t.string,
  fields = {
    { 'name', t.string, 'of its files below /etc/apt', default = 'made from the URL' },
    { 'suite', t.string, "like 'bookworm'; a path that ends with '/' has no components", required = true },
    { 'components', t.list(t.string), 'its parts', default = "{ 'main' }" },
    { 'architectures', t.list(t.string), 'only these', default = 'that of the image' },
    { 'key', tb.type 'source', 'its public key: a path or fetch {…}' },
    { 'armored', t.bool, 'whether the key is text instead of binary', default = "false for a path that ends with '.gpg'" },
    { 'trusted', t.bool, 'whether its packages are installed without a key', default = 'false' },
  },
  returns = 'layer',
  function(o)
    local url = o[1]
    if #o ~= 1 or not url:find '^%a[%w+.-]*:[^%s]+$' then
      tb.fail('apt.repo needs one URL', "write apt.repo { 'https://deb.example.org/debian', suite = 'bookworm', key = 'keys/example.asc' }")
    end
    local name = o.name or url:gsub('^%a[%w+.-]*:/*', ''):gsub('[^%w.]+', '-'):gsub('%-$', '')
    if not name:find '^[%w][%w._-]*$' then tb.fail("'" .. name .. "' is not a name for a repository") end
    if not o.key and not o.trusted then
      tb.fail('apt.repo needs the key of the repository', "write key = 'keys/example.asc', or trusted = true for one that has none")
    end
    local lines = { 'Types: deb', 'URIs: ' .. url, 'Suites: ' .. o.suite }
    local function words(field, list)
      for _, word in ipairs(list) do
        if not word:find '^[%w][%w._/-]*$' then tb.fail("'" .. word .. "' cannot be one of '" .. field .. "'") end
      end
      return table.concat(list, ' ')
    end
    if not o.suite:find '^[%w./][%w._/-]*$' then tb.fail("'" .. o.suite .. "' is not a suite") end
    local flat = o.suite:sub(-1) == '/'
    if flat and o.components then tb.fail("a suite that ends with '/' has no components") end
    if not flat then table.insert(lines, 'Components: ' .. words('components', o.components or { 'main' })) end
    if o.architectures then table.insert(lines, 'Architectures: ' .. words('architectures', o.architectures)) end
    if o.trusted then table.insert(lines, 'Trusted: yes') end
    local files = {}
    if o.key then
      local armored = o.armored
      if armored == nil then armored = not (type(o.key) == 'string' and o.key:sub(-4) == '.gpg') end
      local key = '/etc/apt/keyrings/' .. name .. (armored and '.asc' or '.gpg')
      table.insert(files, { o.key, to = key, mode = '0644' })
      table.insert(lines, 'Signed-By: ' .. key)
    end
    table.insert(files, { text = table.concat(lines, '\n') .. '\n', to = '/etc/apt/sources.list.d/' .. name .. '.sources' })
    return tb.labelled(layer.files(files), 'repo')
  end,
}
