#!/bin/sh
# `why` names the first difference of each step down to the file and line, and where it is declared: a table of cases,
# each one edit of one workspace that was built. What is printed stands in why_cases.txt; TIERBUILD_ACCEPT=1 rewrites it.
. "$(dirname "$0")/lib.sh"
needs python3 sha256sum

mkdir -p "$dir/www"
printf 'one\n' >"$dir/www/file"
: >"$dir/served"
python3 -u -m http.server --bind 127.0.0.1 --directory "$dir/www" 0 >"$dir/served" 2>&1 &
started $!
wait_for 20 grep -q 'port [0-9]' "$dir/served" || fail 'the server does not start'
port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$dir/served" | head -n 1)

workspace <<LUA
local base = require 'base'
local rules = require 'rules'
local level = arg 'level' { 'info' }

service 'files' { from = base, copy = { { 'src', to = '/app' } } }
service 'globbed' { from = base, copy = { { files { 'conf/*.ini' }, to = '/conf/' } } }

-- Programs that do nothing stand in for Python and apt.
local tools = tier 'tools' {
  from = base,
  steps = { run { 'mkdir', '/tmp' } },
  copy = { { 'nothing', to = '/bin/python', mode = '0755' }, { 'nothing', to = '/bin/apt-get', mode = '0755' } },
}
service 'py' {
  from = tools,
  pip = { python.requirements 'requirements.txt', constraints = 'constraints.txt' },
  steps = { sh { 'echo installed' } },
}
service 'deb' {
  from = tools,
  apt = {
    'curl',
    'git',
  },
}

service 'conf' {
  from = base,
  env = { LEVEL = 'info', ZONE = 'UTC' },
  cmd = { 'serve', '--port', '8000' },
  build_env = { FLAGS = '-O1' },
  labels = { rev = stamp.git.short },
  steps = { sh { 'echo \$FLAGS' } },
}
service 'argued' { from = base, env = { LEVEL = level } }
rules.worker 'ruled' {
  port = 9000,
}
rules.installed 'installed' { apt = { 'git' } }

service 'steps' {
  from = base,
  steps = {
    sh { [[
      echo first
      echo second
      echo third
    ]] },
    run { 'echo', 'a', 'b' },
    run { 'echo', 'last' },
    sh { 'cat /run/secrets/key || true', label = 'secret', mounts = {
      secret.mount { id = 'key', version = '1', required = false },
    } },
  },
}

local low = tier 'low' { from = base, copy = { { 'low', to = '/low' } } }
tier 'other' { from = base, copy = { { 'conf/a.ini', to = '/low' } } }
service 'high' { from = low, steps = { sh { 'cat /low >/high' } } }
service 'taker' { from = base, copy = { { '/low', from = low, to = '/taken' } } }
tier 'counted' {
  from = base,
  steps = { sh { 'wc -c <\$SRC/text >/count', env = { SRC = '/src' },
    mounts = { bind.mount { from = files { 'text' }, target = '/src' } } } },
}
service 'cut' { from = 'counted', steps = { sh { 'cat /count' } } }
service 'fetched' {
  from = base,
  copy = { { fetch { 'http://127.0.0.1:$port/file', sha256 = '$(sha256sum "$dir/www/file" | cut -d' ' -f1)' }, to = '/f' } },
}
LUA
cat >rules.lua <<'LUA'
return {
  worker = rule 'worker' {
    params = { port = t.port:opt(8000), level = t.string:opt 'info' },
    function(p)
      return {
        from = 'base',
        env = { PORT = tostring(p.port) },
        steps = {
          sh { 'echo ' .. p.level .. ' >/level' },
        },
      }
    end,
  },
  installed = rule 'installed' {
    params = {},
    function()
      return { from = 'tools', apt = { 'curl' }, copy = { { 'low', to = '/low' } } }
    end,
  },
}
LUA
printf '#!/bin/sh\n' >nothing
mkdir src src/lib conf
for name in main.py lib/a.py lib/b.py notes.txt; do echo "$name" >"src/$name"; done
ln -s main.py src/current
echo a >conf/a.ini
printf -- '-r requirements-base.txt\nuvicorn==0.30.1\n' >requirements.txt
printf '# of all\nanyio==4.4\nfastapi==0.110\nhttpx==0.27\npydantic==2.7\n' >requirements-base.txt
printf 'starlette==0.36\n' >constraints.txt
echo low >low
echo one >text
git init -q . && git -c user.name=t -c user.email=t@t commit -q --allow-empty -m one

build
pristine=$dir/pristine
cp -a "$dir/ws" "$pristine"
: >"$dir/actual"
show() {
  { echo "== $1" && sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}/TIME/; s/\(build [0-9]+\)/(build N)/; s/:'"$port"'/:PORT/' \
    "$dir/out" && echo; } >>"$dir/actual"
}
restore() {
  cd "$dir" && rm -rf "$dir/ws" && cp -a "$pristine" "$dir/ws" && cd "$dir/ws"
}
# why NAME TARGET EDIT [ARG…]: what `why TARGET ARG…` prints after the edit, which is taken back.
why() {
  name=$1 target=$2
  eval "$3"
  shift 3
  "$TIERBUILD" why "$target" "$@" >"$dir/out" 2>"$dir/err" || fail "why $target ended with status $?"
  show "$name"
  restore
}
edit() { sed -i "$1" "${2-Buildfile.lua}"; }

why 'nothing changed, never run since' files :
why 'content' files 'echo more >>src/main.py'
why 'mode' files 'chmod +x src/main.py'
why 'rename' files 'mv src/lib/a.py src/lib/z.py'
why 'delete' files 'rm src/notes.txt'
why 'add' files 'echo new >src/lib/c.py'
why 'symlink' files 'ln -sfn lib src/current'
why 'ignore file' files 'printf "# no text\n**/*.txt\n" >.tierbuildignore'
why 'glob' globbed 'echo b >conf/b.ini'
why 'copied elsewhere' files "edit \"s,to = '/app',to = '/srv',\""
why 'requirement changed, via -r' py 'edit s/0.110/0.111/ requirements-base.txt'
edit s/0.110/0.111/ requirements-base.txt
"$TIERBUILD" why --json py >"$dir/why.json"
restore
python3 - "$dir/why.json" <<'PYTHON' || fail 'the JSON of why'
import json, sys
why = json.load(open(sys.argv[1]))
assert why['target'] == 'service:py' and why['last']['build'] == 1, why
[step] = [step for step in why['now']['steps'] if step['outcome'] == 'run']
[change] = step['changes']
assert (change['subject'], change['how'], change['name']) == ('requirement', 'changed', 'fastapi'), change
assert (change['before'], change['now']) == ('0.110', '0.111'), change
assert change['where'] == {'file': 'requirements-base.txt', 'line': 3, 'column': 1}, change
assert change['via'] == [{'file': 'requirements.txt', 'line': 1, 'column': 4}], change
assert change['declared']['file'] == 'Buildfile.lua' and change['declared']['line'] == 16, change
assert why['now']['image']['outcome'] == 'maybe', why
PYTHON
why 'requirement added' py 'printf "httptools==0.6\n" >>requirements.txt'
why 'requirement dropped in the middle' py 'edit /httpx/d requirements-base.txt'
why 'requirements in another order' py 'printf "uvicorn==0.30.1\n-r requirements-base.txt\n" >requirements.txt'
why 'constraint' py 'edit s/0.36/0.37/ constraints.txt'
why 'package added' deb "edit \"/'curl'/a 'jq',\""
why 'package dropped' deb "edit \"/'git'/d\""
why 'environment of the image' conf "edit \"s/LEVEL = 'info', ZONE/LEVEL = 'debug', ZONE/\""
why 'a name of the environment is gone' conf "edit \"s/, ZONE = 'UTC'//\""
why 'command of the image' conf "edit \"s/'8000' },/'8001', '-v' },/\""
why 'environment of steps' conf 'edit s/-O1/-O2/'
why 'a new stamp' conf 'git -c user.name=t -c user.email=t@t commit -q --allow-empty -m two'
why 'argument' argued : --arg level=debug
why 'default of a rule' ruled "edit \"s/opt 'info'/opt 'debug'/\" rules.lua"
why 'parameter of a rule' ruled 'edit s/port\ =\ 9000/port\ =\ 9001/'
why 'package of a rule' installed "edit \"s/'curl'/'curl', 'jq'/\" rules.lua"
why 'package beside those of a rule' installed "edit \"s/apt = { 'git' }/apt = { 'git', 'make' }/\""
why 'file copied by a rule' installed 'echo lower >low'
why 'line of a script' steps 'edit s/echo\ second/echo\ 2nd/'
why 'line put into a script' steps 'edit /echo\ second/iecho\ between'
why 'word of a command' steps "edit \"s/'a', 'b'/'a', 'x', 'b'/\""
why 'mount' steps "edit \"s/'echo', 'last'/'echo', 'last', mounts = { cache.mount { target = '\\/c', id = 'c' } }/\""
why 'network' steps "edit \"s/'echo', 'last'/'echo', 'last', network = true/\""
why 'user' steps "edit \"s/'echo', 'last'/'echo', 'last', user = 'nobody'/\""
why 'limits' steps "edit \"s/'echo', 'last'/'echo', 'last', limits = { memory = '1GB' }/\""
why 'version of a secret' steps "edit \"s/version = '1'/version = '2'/\""
why 'step put before others' steps "edit \"/steps = {\$/{n;s/^ *sh/run { 'true' }, sh/}\""
why 'step put between others' steps "edit \"s/run { 'echo', 'last' }/run { 'true' }, run { 'echo', 'last' }/\""
why 'step dropped' steps "edit \"/run { 'echo', 'a', 'b' },/d\""
why 'target renamed' moved "edit \"s/service 'steps'/service 'moved'/\""
why 'target renamed and edited' moved "edit \"s/service 'steps'/service 'moved'/; s/'a', 'b'/'a', 'c'/\""
why 'tier below' high 'echo lower >low'
why 'other tier' high "edit \"s/from = low, steps/from = 'other', steps/\""
why 'file of another image' taker 'echo lower >low'
why 'fetch' fetched "edit \"s/sha256 = '[0-9a-f]*'/sha256 = '\$(printf 2 | sha256sum | cut -d' ' -f1)'/\""
why 'compression' files "echo \"registry 'reg.example/x' { compression = 'zstd' }\" >>Buildfile.lua"
why 'tags' files "echo \"registry 'reg.example/x' { tags = { 'v1' } }\" >>Buildfile.lua"
why 'platform' files : --platform linux/arm64
why '--no-cache' high : --no-cache
why 'new target' fresh "echo \"service 'fresh' { from = 'base', copy = { { 'low', to = '/l' } } }\" >>Buildfile.lua"

# Right after a build: why it ran.
after() {
  name=$1 target=$2
  shift 2
  build "$@"
  "$TIERBUILD" why "$target" >"$dir/out" 2>"$dir/err" || fail "why $target ended with status $?"
  show "$name"
}
echo lower >low
edit s/0.110/0.111/ requirements-base.txt
after 'after a build' high
"$TIERBUILD" why py >"$dir/out" && show 'after a build, a requirement'
"$TIERBUILD" why --last files >"$dir/out" && show 'the first build'
echo two >text
after 'the same bytes again' cut
echo low >low
"$TIERBUILD" why high >"$dir/out" && show 'taken back'
after 'after a build of what was taken back' high
after 'after --no-cache' high high --no-cache
"$TIERBUILD" prune --all >"$dir/out"
"$TIERBUILD" why files >"$dir/out" && show 'pruned'

if [ -n "${TIERBUILD_ACCEPT-}" ]; then cp "$dir/actual" "$tests/why_cases.txt"; fi
diff -u "$tests/why_cases.txt" "$dir/actual" >&2 || fail 'why prints something else'
