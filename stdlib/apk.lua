-- apk: Alpine packages in one layer, from a cache that no layer holds and without traces of when it ran.

local tb = ...

---@return mount[]
local function caches()
  return { cache.mount { target = '/var/cache/apk', id = 'apk-cache', sharing = 'locked' } }
end

tb.define {
  name = 'apk.install',
  doc = 'A step that installs Alpine packages.',
  items = t.string,
  returns = 'step',
  function(packages)
    local words = tb.package_words(packages, 'apk.install', '^[%w_][%w_+.:~=<>@-]*$',
      "write one package in each string: 'curl', 'curl=8.5.0-r0'")
    return sh {
      'apk add --no-progress --update-cache --cache-dir /var/cache/apk ' .. words .. '\nrm -f /var/log/apk.log',
      label = 'apk',
      network = true,
      mounts = tb.package_caches('apk', caches),
    }
  end,
}

tb.define {
  name = 'apk.repo',
  doc = 'A layer with a package repository and its key. It stands in front of the packages, `apk = { apk.repo { … }, '
    .. "'nodejs' }`, or in `steps` before apk.install.",
  items = t.string,
  fields = {
    { 'name', t.string, 'of its file in /etc/apk/repositories.d', default = 'made from the URL' },
    { 'tag', t.string, "packages come from it only if they are asked for with this tag: 'nodejs@edge'" },
    { 'key', tb.type 'source', 'its public key: a path or fetch {…}' },
    { 'key_name', t.string, 'file name of the key, to which signatures refer', default = 'that of the path' },
  },
  returns = 'layer',
  function(o)
    local url = o[1]
    if #o ~= 1 or not url:find '^%a[%w+.-]*://[^%s]+$' and not url:find '^/[^%s]+$' then
      tb.fail('apk.repo needs one URL or path', "write apk.repo { 'https://dl-cdn.alpinelinux.org/alpine/edge/testing' }")
    end
    local name = o.name or url:gsub('^%a[%w+.-]*://', ''):gsub('[^%w.]+', '-'):gsub('^%-', '')
    if not name:find '^[%w][%w._-]*$' then tb.fail("'" .. name .. "' is not a name for a repository") end
    if o.tag and not o.tag:find '^[%w][%w._-]*$' then tb.fail("'" .. o.tag .. "' is not a tag", "write it without the '@'") end
    local files = {
      { text = (o.tag and '@' .. o.tag .. ' ' or '') .. url .. '\n', to = '/etc/apk/repositories.d/' .. name .. '.list' },
    }
    if o.key then
      local key_name = o.key_name or type(o.key) == 'string' and o.key:match '[^/]+$'
      if not key_name then tb.fail 'a fetched key needs key_name' end
      if not key_name:find '^[%w@][%w@._-]*$' then tb.fail("'" .. key_name .. "' is not a file name for a key") end
      table.insert(files, { o.key, to = '/etc/apk/keys/' .. key_name, mode = '0644' })
    end
    return tb.labelled(layer.files(files), 'repo')
  end,
}
