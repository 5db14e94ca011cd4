#!/bin/sh
# Wheels of the workspace, wheelhouses, virtual environments and trees: built beside the image, then run in it.
. "$(dirname "$0")/lib.sh"
start_index need==1.0 lib==1.0 lib==2.0 uv==1.0

# project NAME NEEDS: a project with a build backend of its own, so that nothing else has to be installed.
project() {
  mkdir -p "$1/$1"
  printf '%s\n' '[project]' "name = '$1'" "version = '1.0'" "dependencies = [$2]" \
    "optional-dependencies = { extra = ['need'] }" \
    '[build-system]' 'requires = []' "build-backend = 'backend'" "backend-path = ['.']" >"$1/pyproject.toml"
  echo "print('$1')" >"$1/$1/__main__.py"
  echo >"$1/$1/__init__.py"
  cat >"$1/backend.py" <<'PYTHON'
import pathlib, tomllib, zipfile


def build_wheel(directory, config_settings=None, metadata_directory=None):
    project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
    name = project["name"]
    info = f"{name}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    metadata += "".join(f"Requires-Dist: {need}\n" for need in project["dependencies"])
    metadata += "Provides-Extra: extra\nRequires-Dist: need; extra == 'extra'\n"
    files = {str(path): path.read_text() for path in pathlib.Path(name).glob("*.py")}
    files[f"{info}/METADATA"] = metadata
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    file = f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, file), "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)
    return file
PYTHON
}

{
  echo "workspace 'stages' { python = { index = '$index' } }"
  python_base
  cat <<'LUA'
local core = python.wheel 'core'
for _, name in ipairs { 'one', 'two' } do
  service(name) { from = base, pip = { core, python.wheel(name, { extras = { 'extra' } }) }, cmd = { python.exe, '-m', name } }
end
local house = python.wheelhouse 'house' { on = base, requirements = 'lib.txt' }
service 'tree' {
  from = base, cmd = { python.exe, '-m', 'lib' },
  pip = python.tree { on = base, requirements = python.requirements('lib.txt', { find_links = house }) },
}
service 'venv' {
  from = base, cmd = { '/opt/venv/bin/python', '-m', 'lib' },
  steps = { python.venv { on = base, requirements = 'lib.txt' } },
}
LUA
} >"$dir/buildfile"
workspace <"$dir/buildfile"
project core "'need'"
project one "'core', 'lib<2'"
project two "'core'"
echo 'lib==2.0' >lib.txt

build
same "$(ran | tr ' ' '\n' | grep -c wheel-core)" 1 'builds of the wheel that two services share'
for name in one two; do
  same "$("$TIERBUILD" run -q "$name")" "$name" 'a wheel that was installed'
  same "$("$TIERBUILD" run -q "$name" -- python3 -m core)" core 'the wheel that is shared'
done
same "$("$TIERBUILD" run -q one -- python3 -m lib)" 'lib 1.0' 'what the wheel needs'
for name in tree venv; do same "$("$TIERBUILD" run -q "$name")" 'lib 2.0' "the packages of $name"; done

# A change of code builds one wheel and the layer that holds it, not the layer of what it needs.
echo "print('changed')" >one/one/__main__.py
build
same "$(ran)" 'service:one/pip-2 service:one/wheel-one' 'steps after a change of code'
same "$("$TIERBUILD" run -q one)" changed 'the code that was changed'

# uv comes from the index and stays out of the image.
{
  echo "workspace 'uv' { python = { index = '$index', installer = 'uv' } }"
  python_base
  echo "service 'a' { from = base, pip = { 'lib==2.0' }, cmd = { python.exe, '-m', 'lib' } }"
} >"$dir/buildfile"
workspace uv <"$dir/buildfile"
build
grep -q 'uv installs with /usr/bin/python3.11' "$dir/err" || fail 'uv was not used'
same "$("$TIERBUILD" run -q a)" 'lib 2.0' 'the package that uv installed'
same "$("$TIERBUILD" run -q a -- sh -c 'command -v uv; find / -xdev -name "*uv*" -path "*-packages*"')" '' 'uv in the image'
