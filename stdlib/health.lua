-- health: checks that tell whether a container works. Each returns what the field `healthcheck` takes.

local tb = ...

local timing = {
  { 'interval', tb.type 'duration', 'time between two checks', default = '30s' },
  { 'timeout', tb.type 'duration', 'longest time of one check', default = '30s' },
  { 'start', tb.type 'duration', 'time in which failures do not count', default = '0s' },
  { 'retries', t.int, 'failures in a row that make it unhealthy', default = '3' },
}

---@param fields table[]
---@return table[]
local function with_timing(fields)
  for _, field in ipairs(timing) do table.insert(fields, field) end
  return fields
end

---@param check table what is run
---@param options table as the author wrote them
---@return table
local function timed(check, options)
  for _, field in ipairs(timing) do check[field[1]] = options[field[1]] end
  return check
end

---@param text string
---@return string one word of a shell
local function quote(text) return "'" .. text:gsub("'", [['\'']]) .. "'" end

local python_get = 'import sys, urllib.request as r; r.urlopen(sys.argv[1], timeout=20)'
local python_connect = 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)'

local http_probers = {
  curl = function(url) return { 'curl', '-fsS', '-o', '/dev/null', url } end,
  wget = function(url) return { 'wget', '-q', '-O', '/dev/null', url } end,
  python3 = function(url) return { 'python3', '-c', python_get, url } end,
  auto = function(url)
    local word = quote(url)
    return { shell = 'if command -v curl >/dev/null; then exec curl -fsS -o /dev/null ' .. word
      .. '; elif command -v wget >/dev/null; then exec wget -q -O /dev/null ' .. word
      .. '; else exec python3 -c ' .. quote(python_get) .. ' ' .. word .. '; fi' }
  end,
}

tb.define {
  name = 'health.http',
  doc = 'Healthy if an HTTP request to a port of the container succeeds.',
  fields = with_timing {
    { 'port', t.port, 'where it listens', required = true },
    { 'path', t.string, 'what is asked for', default = '/' },
    { 'host', t.string, 'who is asked', default = '127.0.0.1' },
    { 'prober', t.enum { 'auto', 'curl', 'wget', 'python3' }, 'what asks', default = 'auto: what is there' },
  },
  returns = 'healthcheck',
  function(o)
    local path = o.path or '/'
    if path:sub(1, 1) ~= '/' then tb.fail("'path' of health.http must begin with '/', found '" .. path .. "'") end
    local url = ('http://%s:%d%s'):format(o.host or '127.0.0.1', o.port, path)
    return timed(http_probers[o.prober or 'auto'](url), o)
  end,
}

local tcp_probers = {
  nc = function(host, port) return { 'nc', '-z', host, port } end,
  python3 = function(host, port) return { 'python3', '-c', python_connect, host, port } end,
  bash = function(host, port) return { 'bash', '-c', ': <"/dev/tcp/$1/$2"', 'probe', host, port } end,
  auto = function(host, port)
    local words = quote(host) .. ' ' .. port
    return { shell = 'if command -v nc >/dev/null; then exec nc -z ' .. words
      .. '; elif command -v python3 >/dev/null; then exec python3 -c ' .. quote(python_connect) .. ' ' .. words
      .. [[; else exec bash -c ': <"/dev/tcp/$1/$2"' probe ]] .. words .. '; fi' }
  end,
}

tb.define {
  name = 'health.tcp',
  doc = 'Healthy if a port of the container accepts connections.',
  fields = with_timing {
    { 'port', t.port, 'where it listens', required = true },
    { 'host', t.string, 'who is asked', default = '127.0.0.1' },
    { 'prober', t.enum { 'auto', 'nc', 'python3', 'bash' }, 'what connects', default = 'auto: what is there' },
  },
  returns = 'healthcheck',
  function(o) return timed(tcp_probers[o.prober or 'auto'](o.host or '127.0.0.1', ('%d'):format(o.port)), o) end,
}

tb.define {
  name = 'health.process',
  doc = 'Healthy if a process runs whose command line holds a text.',
  items = t.string,
  fields = with_timing {},
  returns = 'healthcheck',
  function(o)
    if #o ~= 1 or o[1] == '' then tb.fail 'health.process needs one text to look for' end
    -- The list of processes is taken before the search starts, and the shell leaves itself out.
    return timed({ shell = 'for f in /proc/[0-9]*/cmdline; do [ "$f" = "/proc/$$/cmdline" ] && continue; '
      .. [[if tr '\0' ' ' <"$f" 2>/dev/null | grep -qF -- ]] .. quote(o[1]) .. '; then exit 0; fi; done; exit 1' }, o)
  end,
}

tb.define {
  name = 'health.cmd',
  doc = 'Healthy if a command succeeds.',
  items = t.string,
  fields = with_timing {},
  returns = 'healthcheck',
  function(o)
    if #o == 0 then tb.fail 'health.cmd needs a command' end
    return o
  end,
}

tb.define {
  name = 'health.none',
  doc = 'No check, not even that of the base image.',
  shape = 'call',
  returns = 'healthcheck',
  function() return { none = true } end,
}
