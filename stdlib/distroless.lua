-- distroless: images that hold an interpreter, its libraries and an application, and nothing to look around with.

local tb = ...

-- Runs in the image that has everything. Puts the interpreter, its standard library, the trees to keep and all shared
-- libraries that any of them is linked with under $OUT, each at its own path with the symlinks that lead there.
local collect = [==[
import os, shutil, stat, struct, subprocess, sys, sysconfig

out, keep = os.environ['OUT'], sys.argv[1:]
shells = {'sh', 'bash', 'dash', 'ash', 'zsh', 'busybox', 'apt', 'apt-get', 'dpkg', 'apk', 'pip', 'pip3'}
needless = {'test', 'tests', 'idlelib', 'turtledemo', 'tkinter', 'ensurepip', 'lib2to3', 'pip'}
binaries, seen = [], set()

def place(path):
    done, todo, hops = '/', [part for part in path.split('/') if part], 0
    while todo:
        part = todo.pop(0)
        if part == '.':
            continue
        if part == '..':
            done = os.path.dirname(done)
            continue
        here = os.path.join(done, part)
        info, target = os.lstat(here), out + here
        if stat.S_ISLNK(info.st_mode):
            hops += 1
            if hops > 40:
                sys.exit('too many symlinks: ' + path)
            link = os.readlink(here)
            if not os.path.lexists(target):
                os.symlink(link, target)
            done = '/' if link.startswith('/') else done
            todo = [part for part in link.split('/') if part] + todo
            continue
        if not os.path.lexists(target):
            if stat.S_ISDIR(info.st_mode):
                os.mkdir(target)
            elif stat.S_ISREG(info.st_mode):
                shutil.copyfile(here, target)
                note(here)
            else:
                sys.exit('neither a file nor a directory: ' + here)
            os.chown(target, info.st_uid, info.st_gid)
            os.chmod(target, stat.S_IMODE(info.st_mode))
        done = here
    return done

def note(path):
    with open(path, 'rb') as file:
        if file.read(4) == b'\x7fELF':
            binaries.append(path)

def tree(top, leave=frozenset()):
    top = place(top)
    if top in seen or not os.path.isdir(top):
        return
    seen.add(top)
    for directory, names, files in os.walk(top):
        names[:] = sorted(name for name in names if name not in leave)
        for name in names + sorted(files):
            path = os.path.join(directory, name)
            if os.path.islink(path) and not os.path.exists(path):
                continue
            found = place(path)
            if os.path.islink(path) and os.path.isdir(found):
                tree(found, leave)

def loader(program):
    with open(program, 'rb') as file:
        data = file.read()
    wide = data[4] == 2
    table, = struct.unpack_from('<Q' if wide else '<I', data, 32 if wide else 28)
    size, count = struct.unpack_from('<HH', data, 54 if wide else 42)
    for i in range(count):
        at = table + i * size
        if struct.unpack_from('<I', data, at)[0] == 3:
            start, = struct.unpack_from('<Q' if wide else '<I', data, at + (8 if wide else 4))
            return data[start:data.index(b'\0', start)].decode()
    return None

interpreter = place(sys.executable)
place(os.path.realpath(sys.executable))
for key in ('stdlib', 'platstdlib'):
    tree(sysconfig.get_paths(vars={'base': sys.base_prefix, 'installed_base': sys.base_prefix,
                                   'platbase': sys.base_exec_prefix,
                                   'installed_platbase': sys.base_exec_prefix})[key], needless)
for path in keep:
    if not os.path.exists(path):
        sys.exit('there is no %s in the image' % path)
    tree(path, {'pip'})
for path in ('/etc/passwd', '/etc/group', '/etc/nsswitch.conf', '/etc/os-release', '/etc/ld.so.cache', '/etc/localtime',
             '/etc/mime.types', '/etc/services', '/etc/protocols'):
    if os.path.exists(path):
        place(path)
for path in ('/etc/ssl', '/usr/lib/ssl', '/usr/share/zoneinfo', '/usr/lib/locale/C.utf8'):
    if os.path.exists(path):
        tree(path, {'private'})

linker = loader(interpreter)
if linker:
    place(linker)
    for binary in binaries:
        listed = subprocess.run([linker, '--list', binary], capture_output=True, text=True)
        for line in listed.stdout.splitlines():
            words = line.split()
            library = words[2] if len(words) > 2 and words[1] == '=>' else words[0] if words else ''
            if library == 'not':
                print('warning: %s needs %s, which is not in the image' % (binary, words[0]), file=sys.stderr)
            elif library.startswith('/'):
                place(library)

for directory, names, files in os.walk(out):
    for name in files:
        path = os.path.join(directory, name)
        if name.split('.')[0] in shells and os.path.basename(directory) in ('bin', 'sbin') and os.access(path, os.X_OK):
            os.remove(path)
            print('left out: ' + path[len(out):], file=sys.stderr)
os.makedirs(out + '/tmp', exist_ok=True)
os.chmod(out + '/tmp', 0o1777)
]==]

tb.define {
  name = 'distroless',
  doc = 'An image with a Python interpreter, its standard and shared libraries, certificates, time zones and accounts, and '
    .. 'the trees to keep, such as a virtual environment: without a shell and without a package manager. Commands are '
    .. "lists of words there, and health checks use python3. `from = distroless { on = built, keep = { '/opt/venv' } }`.",
  fields = {
    { 'on', t.base, 'the image that has the interpreter and the trees', required = true },
    { 'keep', t.list(t.string), 'absolute paths; a virtual environment comes first', required = true },
    { 'python', t.string, 'the interpreter', default = 'that of the first tree, else python3' },
  },
  returns = 'image',
  function(o)
    for _, path in ipairs(o.keep) do
      if path:sub(1, 1) ~= '/' or path == '/' then tb.fail("'keep' holds absolute paths, found '" .. path .. "'") end
    end
    local venv = o.keep[1]
    local python = o.python or 'python3'
    local argv = { 'sh', '-c', 'python=$1; venv=$2; shift 2; [ -z "$venv" ] || [ ! -x "$venv/bin/python" ] || python=$venv/bin/python; '
      .. 'exec "$python" -I -c "$@"', 'distroless', python, o.python and '' or venv or '', collect, unpack(o.keep) }
    local files = layer.build 'distroless' { on = o.on, run = argv }
    local runtime = image.scratch():with(files)
    if venv then runtime = runtime:path_prepend(venv .. '/bin') end
    return runtime
  end,
}
