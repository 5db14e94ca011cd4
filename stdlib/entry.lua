-- entry: hooks that run before the command of a container. Each is a layer with one program in
-- /usr/local/lib/entry.d; the entrypoint of the image becomes these programs, in the order in which they were added,
-- followed by the entrypoint that the image has. Each ends by becoming what follows it, so that the command is process 1,
-- with the container's signals and standard input. A hook that fails ends the container with its exit status, and a
-- signal ends a hook at once. Hooks run as the user of the image and need its /bin/sh.
--
-- They are used like any layer: in `steps`, in `layers`, or image:with(entry.seed { … }). A target inherits the hooks of
-- what it stands on, also when it has an entrypoint of its own.

local tb = ...

---@param text string
---@return string one word of a shell
local function quote(text) return "'" .. text:gsub("'", [['\'']]) .. "'" end

-- The work is done in the background: a shell looks at signals while it waits, but not while a program runs.
local frame = [[
#!/bin/sh
# %s: runs before the command, and then becomes it.
set -eu
work() {
%s
}
if [ $# -eq 0 ]; then
  echo '%s: the image has no command to start' >&2
  exit 64
fi
child=
stop() {
  [ -z "$child" ] || kill "$child" 2>/dev/null || :
  exit "$1"
}
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM
work &
child=$!
wait "$child"
exec "$@"
]]

---@param kind string
---@param body string lines of shell
---@return layer
local function hook(kind, body)
  local name = 'entry.' .. kind
  local script = frame:format(name, body, name)
  local program = '/usr/local/lib/entry.d/' .. kind .. '-' .. tb.digest(script)
  return tb.hook(tb.labelled(layer.files { { text = script, to = program, mode = '0755' } }, name), program)
end

---@param path string
---@param field string
local function absolute(path, field)
  if path:sub(1, 1) ~= '/' or path:find '[%z\n]' then tb.fail("'" .. field .. "' must be an absolute path, found '" .. path .. "'") end
end

tb.define {
  name = 'entry.seed',
  doc = 'A hook that copies what a directory lacks, or has in an older version, from another one, such as a read-only '
    .. 'volume. Without the source it does nothing.',
  fields = {
    { 'from', t.string, 'a directory or file, absolute', required = true },
    { 'to', t.string, 'where its content is wanted, absolute', required = true },
    { 'warn_unless', t.string, 'a path without which there is a warning on standard error' },
  },
  returns = 'layer',
  function(o)
    absolute(o.from, 'from')
    absolute(o.to, 'to')
    local from, to = quote(o.from), quote(o.to)
    local lines = {
      '  if [ -d ' .. from .. ' ]; then',
      '    mkdir -p ' .. to,
      '    cp -Ru ' .. quote(o.from .. '/.') .. ' ' .. quote(o.to .. '/'),
      '  elif [ -e ' .. from .. ' ]; then',
      '    cp -u ' .. from .. ' ' .. to,
      '  fi',
    }
    if o.warn_unless then
      absolute(o.warn_unless, 'warn_unless')
      table.insert(lines, '  [ -e ' .. quote(o.warn_unless) .. ' ] || echo '
        .. quote('warning: ' .. o.warn_unless .. ' is missing; it should come from ' .. o.from) .. ' >&2')
    end
    return hook('seed', table.concat(lines, '\n'))
  end,
}

local seconds_of = { h = 3600, m = 60, s = 1, ms = 0.001 }

---@param duration string like '1m30s', already checked
---@return integer
local function seconds(duration)
  local sum = 0
  for number, unit in duration:gmatch '([%d.]+)(%a+)' do sum = sum + tonumber(number) * (seconds_of[unit] or 0) end
  return math.max(1, math.ceil(sum))
end

tb.define {
  name = 'entry.wait_tcp',
  doc = 'A hook that waits until a port accepts connections. It needs nc, python3 or bash in the image.',
  fields = {
    { 'host', t.string, 'where it listens', required = true },
    { 'port', t.port, 'its number', required = true },
    { 'timeout', tb.type 'duration', 'after which the container ends with status 1', default = '60s' },
  },
  returns = 'layer',
  function(o)
    if not o.host:find '^[%w._:-]+$' or o.host:sub(1, 1) == '-' then tb.fail("'" .. o.host .. "' is not the name of a host") end
    local port, longest = ('%d'):format(o.port), seconds(o.timeout or '60s')
    local host = quote(o.host)
    return hook('wait_tcp', table.concat({
      '  attempt() {',
      '    if command -v nc >/dev/null; then nc -z ' .. host .. ' ' .. port,
      '    elif command -v python3 >/dev/null; then',
      "      python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)' "
        .. host .. ' ' .. port,
      '    elif command -v bash >/dev/null; then',
      [[      bash -c ': <"/dev/tcp/$1/$2"' wait ]] .. host .. ' ' .. port,
      '    else',
      "      echo 'entry.wait_tcp: the image has none of nc, python3 and bash' >&2",
      '      exit 1',
      '    fi',
      '  }',
      '  end=$(($(date +%s) + ' .. longest .. '))',
      '  until attempt 2>/dev/null; do',
      '    if [ "$(date +%s)" -ge "$end" ]; then',
      '      echo ' .. quote(('entry.wait_tcp: %s:%s accepts no connections after %d seconds'):format(o.host, port, longest))
        .. ' >&2',
      '      exit 1',
      '    fi',
      '    sleep 1',
      '  done',
    }, '\n'))
  end,
}

tb.define {
  name = 'entry.init',
  doc = 'A hook that runs a command, such as the migration of a database.',
  items = t.string,
  fields = {
    { 'once', t.string, 'a path that is made after the first success; while it exists, the command is not run' },
  },
  returns = 'layer',
  function(o)
    if #o == 0 then tb.fail('entry.init needs a command', "write entry.init { 'manage', 'migrate' }") end
    local words = {}
    for _, word in ipairs(o) do table.insert(words, quote(word)) end
    local lines = { '  ' .. table.concat(words, ' ') }
    if o.once then
      absolute(o.once, 'once')
      table.insert(lines, 1, '  if [ -e ' .. quote(o.once) .. ' ]; then return 0; fi')
      table.insert(lines, '  : >' .. quote(o.once))
    end
    return hook('init', table.concat(lines, '\n'))
  end,
}
