#!/bin/sh
# Requirements files: what they install, and what rebuilds when they change.
. "$(dirname "$0")/lib.sh"
start_index one==1.0 one==2.0 'two==1.0: three>=1, four; extra == "fast"' three==1.0 four==1.0 five==1.0 bound==1.0 bound==2.0

{
  echo "workspace 'packages' { python = { index = '$index' }, constraints = 'constraints.txt' }"
  python_base
  cat <<'LUA'
local web = tier 'web' { from = base, pip = python.requirements 'requirements-base.txt' }
for _, name in ipairs { 'a', 'b' } do
  service(name) {
    from = web,
    pip = python.requirements('services/' .. name .. '/requirements.txt', { subtract = web }),
    cmd = { python.exe, '-m', name == 'a' and 'two' or 'five' },
  }
end
LUA
} >"$dir/buildfile"
workspace <"$dir/buildfile"
mkdir -p services/a services/b
echo 'one==1.0' >requirements-base.txt
echo 'bound<2' >constraints.txt
printf '%s\n' '-r ../../requirements-base.txt' 'two[fast]==1.0  # a comment' >services/a/requirements.txt
printf '%s\n' 'five' 'bound' >services/b/requirements.txt

build
same "$(ran)" 'base/debian bookworm service:a/pip service:b/pip tier:web/pip' 'steps of the first build'
same "$("$TIERBUILD" run -q a)" 'two 1.0' 'a package that was installed'
same "$("$TIERBUILD" run -q b)" 'five 1.0' 'a package of the other service'
same "$("$TIERBUILD" run -q a -- python3 -c 'import one, three, four; print(one.version)')" '1.0' 'the packages below and beside'
same "$("$TIERBUILD" run -q b -- python3 -m bound)" 'bound 1.0' 'a package within the constraints'
"$TIERBUILD" run -q a -- sh -c 'find / -xdev \( -path "*pycache*/two*" -o -path "/run/tierbuild*" -o -path "/root/.cache*" \)' >"$dir/out"
same "$(cat "$dir/out")" '' 'leftovers of pip in the image'

# Comments, blank lines and another order.
printf '%s\n' '# first' 'two[fast]==1.0' '' '-r ../../requirements-base.txt' >services/a/requirements.txt
printf '%s\n' 'bound # b' 'Five' >services/b/requirements.txt
echo 'bound < 2 # soon' >constraints.txt
build
same "$(ran)" '' 'steps after a change of comments and order'

# A line of the list that both include, and one of one service.
printf '%s\n' 'five==1.0' 'bound' >services/b/requirements.txt
build
same "$(ran)" 'service:b/pip' 'steps after a change of one service'
echo 'one==2.0' >requirements-base.txt
build
same "$(ran)" 'service:a/pip service:b/pip tier:web/pip' 'steps after a change of the base'
same "$("$TIERBUILD" run -q a -- python3 -m one)" 'one 2.0' 'the version that was changed'

# A pin that differs from the tier's is an error with both places.
printf '%s\n' 'two' 'one==1.0' >services/a/requirements.txt
fails_with 2 'E046.*one==1.0.*one==2.0' "$TIERBUILD" build
prints 'services/a/requirements.txt:2:1'
prints 'requirements-base.txt:1:1'
