"""The base images of the corpus: small stand-ins that have what is hard about real ones."""

import subprocess
from pathlib import Path

import images

# cap_net_raw=ep, as in the file capabilities of ping.
CAPABILITY = bytes.fromhex('0100000200200000000000000000000000000000')
PASSWD = '''root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
app:x:1000:1001:app:/home/app:/bin/sh
web:x:33:34:web:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
'''
GROUP = '''root:x:0:
daemon:x:1:
staff:x:50:app
app:x:1001:
www:x:34:
nobody:x:65534:
'''


def first_layer():
    layer = images.Layer()
    busybox = Path('/bin/busybox').read_bytes()
    layer.directory('bin')
    layer.add('bin/busybox', mode=0o755, data=busybox)
    layer.add('bin/[', 'same', target='bin/busybox', mode=0o755)
    for name in subprocess.run(['/bin/busybox', '--list'], capture_output=True, text=True, check=True).stdout.split():
        if name not in ('busybox', '['):
            layer.add(f'bin/{name}', 'link', target='busybox', mode=0o777)
    for path in ('etc', 'home', 'usr', 'usr/bin', 'usr/lib', 'usr/sbin', 'var', 'var/log', 'opt', 'run'):
        layer.directory(path)
    layer.directory('home/app', 0o755, (1000, 1001))
    layer.directory('root', 0o700)
    layer.directory('tmp', 0o1777)
    layer.add('etc/passwd', data=PASSWD.encode())
    layer.add('etc/group', data=GROUP.encode())
    layer.add('etc/removed', data=b'below\n')
    layer.add('lib', 'link', target='usr/lib')
    layer.add('var/run', 'link', target='/run')
    layer.add('usr/bin/suid', mode=0o4755, data=b'suid\n')
    layer.add('usr/bin/sgid', mode=0o2755, owner=(0, 50), data=b'sgid\n')
    layer.add('usr/bin/ping', mode=0o755, data=b'ping\n', xattrs={'security.capability': CAPABILITY})
    layer.directory('data', 0o750, (5, 6))
    layer.add('data/one', mode=0o640, owner=(5, 6), data=b'one\n', xattrs={'user.note': b'of the base'})
    layer.add('data/two', data=b'two\n')
    layer.add('data/same', 'same', target='data/two')
    layer.add('data/with blank', data=b'blank\n')
    layer.add('data/fifo', 'fifo')
    layer.add('data/null', 'char', mode=0o666, device=(1, 3))
    layer.add('data/out', 'link', target='/etc/passwd')
    layer.add('data/dangling', 'link', target='nowhere')
    layer.directory('data/sub', 0o2775, (1000, 50))
    layer.add('data/sub/three', data=b'three\n')
    layer.add('data/to_sub', 'link', target='sub')
    layer.directory('replaced')
    layer.add('replaced/old', data=b'old\n')
    return layer.bytes()


def second_layer():
    layer = images.Layer()
    layer.directory('etc')
    layer.add('etc/.wh.removed')
    layer.directory('replaced', 0o711)
    layer.add('replaced/.wh..wh..opq')
    layer.add('replaced/new', data=b'new\n')
    layer.directory('srv', 0o775, (0, 50))
    return layer.bytes()


PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
RICH = {
    'author': 'the base',
    'config': {
        'Env': [PATH, 'A=base', 'LANG=C', 'HOME=/nowhere'], 'User': 'app:staff', 'WorkingDir': '/srv/app',
        'Entrypoint': ['/bin/sh', '-c'], 'Cmd': ['echo rich'], 'Labels': {'of': 'base', 'kept': 'yes'},
        'ExposedPorts': {'80/tcp': {}}, 'Volumes': {'/data': {}}, 'StopSignal': 'SIGQUIT',
        'Shell': ['/bin/sh', '-ec'], 'Healthcheck': {'Test': ['CMD', 'true'], 'Interval': 1_000_000_000},
    },
}
TRIGGERS = ['COPY a.txt /triggered/', 'WORKDIR /triggered', 'RUN cat a.txt > seen', 'ENV TRIGGERED=yes', 'USER app']


def write(directory):
    """All of them into one layout; their names."""
    layers = [first_layer(), second_layer()]
    plain = {'Env': [PATH], 'Cmd': ['sh']}
    found = {
        'busybox': (layers, {'config': plain}),
        'rich': (layers, RICH),
        'trigger': (layers, {'config': {**plain, 'OnBuild': TRIGGERS}}),
        'no-config': (layers[:1], {}),
    }
    for name, (parts, config) in found.items():
        images.write(directory, name, parts, config)
    return list(found)
