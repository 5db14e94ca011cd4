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

---A check that is made by the first of these programs that the finished image has. Who cannot look into the image
---gets a line for the shell that looks for them when it runs.
---@param probers table<string, string[]> name of a program → the command that checks with it
---@param order string[] names of programs, the best one first
---@param options table as the author wrote them
---@return table
local function probed(probers, order, options)
  local check = { probers = {} }
  if options.prober and options.prober ~= 'auto' then order = { options.prober } end
  local script = {}
  for i, name in ipairs(order) do
    local words = {}
    for _, word in ipairs(probers[name]) do table.insert(words, quote(word)) end
    local start = 'exec ' .. table.concat(words, ' ')
    table.insert(script, i < #order and ('if command -v %s >/dev/null; then %s; fi'):format(name, start) or start)
    table.insert(check.probers, probers[name])
  end
  if #order == 1 then
    for i, word in ipairs(probers[order[1]]) do check[i] = word end
  else
    check.shell = table.concat(script, '; ')
  end
  return timed(check, options)
end

local python_get = 'import sys, urllib.request as r; r.urlopen(sys.argv[1], timeout=20)'
local python_connect = 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)'
-- The files of other users' processes may not be readable; the search leaves itself out.
local python_search = [[
import glob, os, sys
own = '/proc/%d/cmdline' % os.getpid()
for name in glob.glob('/proc/[0-9]*/cmdline'):
    try:
        line = open(name, 'rb').read().replace(b'\0', b' ')
    except OSError:
        continue
    if name != own and sys.argv[1].encode() in line:
        sys.exit(0)
sys.exit(1)
]]

tb.define {
  name = 'health.http',
  doc = 'Healthy if an HTTP request to a port of the container succeeds. It is made by curl, wget or python3: whichever '
    .. 'the finished image has. An image with none of them is an error of the build.',
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
    return probed({
      curl = { 'curl', '-fsS', '-o', '/dev/null', url },
      wget = { 'wget', '-q', '-O', '/dev/null', url },
      python3 = { 'python3', '-c', python_get, url },
    }, { 'curl', 'wget', 'python3' }, o)
  end,
}

tb.define {
  name = 'health.tcp',
  doc = 'Healthy if a port of the container accepts connections. It is tried by nc, python3 or bash: whichever the '
    .. 'finished image has. An image with none of them is an error of the build.',
  fields = with_timing {
    { 'port', t.port, 'where it listens', required = true },
    { 'host', t.string, 'who is asked', default = '127.0.0.1' },
    { 'prober', t.enum { 'auto', 'nc', 'python3', 'bash' }, 'what connects', default = 'auto: what is there' },
  },
  returns = 'healthcheck',
  function(o)
    local host, port = o.host or '127.0.0.1', ('%d'):format(o.port)
    return probed({
      nc = { 'nc', '-z', host, port },
      python3 = { 'python3', '-c', python_connect, host, port },
      bash = { 'bash', '-c', ': <"/dev/tcp/$1/$2"', 'probe', host, port },
    }, { 'nc', 'python3', 'bash' }, o)
  end,
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
    local script = 'for f in /proc/[0-9]*/cmdline; do [ "$f" = "/proc/$$/cmdline" ] && continue; '
      .. [[if tr '\0' ' ' <"$f" 2>/dev/null | grep -qF -- ]] .. quote(o[1]) .. '; then exit 0; fi; done; exit 1'
    return probed({
      sh = { 'sh', '-c', script },
      python3 = { 'python3', '-c', python_search, o[1] },
    }, { 'sh', 'python3' }, o)
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
