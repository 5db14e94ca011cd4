-- apt: Debian packages in one layer, from caches that no layer holds and without traces of when it ran.

local tb = ...

---Cache mounts of the workspace, else two of its own.
---@return mount[]
local function caches()
  local settings = tb.settings 'apt'
  if settings and settings.caches then return settings.caches end
  return {
    cache.mount { target = '/var/cache/apt', id = 'apt-cache', sharing = 'locked' },
    cache.mount { target = '/var/lib/apt/lists', id = 'apt-lists', sharing = 'locked' },
  }
end

---Sorted, each once: the order in which an author lists packages is not part of a layer.
---@param packages string[]
---@return string[]
local function normalised(packages)
  local seen, names = {}, {}
  for _, name in ipairs(packages) do
    if not name:find '^[%w][%w+.:~=/*-]*$' then
      tb.fail("'" .. name .. "' is not the name of a package", 'write one package in each string')
    end
    if not seen[name] then
      seen[name] = true
      table.insert(names, name)
    end
  end
  table.sort(names)
  return names
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
    local names = normalised(packages)
    if #names == 0 then tb.fail 'apt.install needs at least one package' end
    local quoted = "'" .. table.concat(names, "' '") .. "'"
    return sh {
      (script:gsub('%%s', function() return quoted end)),
      label = 'apt',
      network = true,
      env = { DEBIAN_FRONTEND = 'noninteractive' },
      mounts = caches(),
    }
  end,
}
