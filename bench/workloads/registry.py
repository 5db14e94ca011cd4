"""Push and pull of a gigabyte, to and from a registry on the loopback interface."""

import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

from inputs import Bytes, MIB, workspace
from measure import CommandFailed, run as measured
from suite import Skipped
from tools import Recipe, remove

TITLE = 'push and pull of 1 GB'
ABOUT = '''
An image of four layers that do not shrink, 256 MB each, to and from `docker-registry` on the loopback interface;
the registry is empty before each push. The peer is `skopeo`, which does just the same work: it moves compressed
layers between a registry and an OCI layout, while the engines would compress before they push and unpack after they
pull.
'''


class Registry:
    """A process of its own for each push."""

    def __init__(self, directory, host='127.0.0.1'):
        self.directory = directory
        with socket.create_server((host, 0)) as free:
            self.address = f'{host}:{free.getsockname()[1]}'

    def __enter__(self):
        self.directory.mkdir()
        config = self.directory / 'config.yml'
        config.write_text(f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {self.directory}/data}}}}\n"
                          f"http: {{addr: '{self.address}', secret: bench}}\n"
                          "log: {accesslog: {disabled: true}, level: error}\n")
        with open(self.directory / 'log', 'wb') as log:
            argv = ['setpriv', '--pdeathsig', 'TERM', 'docker-registry', 'serve', str(config)]
            self.process = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            start_new_session=True)
        for _ in range(200):
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f'http://{self.address}/v2/').read()
                return self
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        self.__exit__()
        raise CommandFailed('docker-registry does not answer')

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        remove(self.directory)


def run(bench):
    if not shutil.which('docker-registry') or not shutil.which('skopeo'):
        raise Skipped('this needs docker-registry and skopeo')
    bench.without_peers()
    ours, registry = bench.ours, Registry(bench.work / 'registry')
    copies = ', '.join(f"copy {{ 'layer{i}', to = '/layer{i}' }}" for i in range(4))
    context = workspace(bench.work / 'tree', f"""
registry '{registry.address}/acme' {{ insecure = true }}
service 'app' {{ from = image.scratch(), steps = {{ {copies} }} }}
""")
    for i in range(4):
        noise = Bytes(seed=i).random
        with open(context / f'layer{i}', 'wb') as file:
            for _ in range(bench.size(256, 1)):
                file.write(noise.randbytes(MIB))
    layout, pulled = bench.work / 'layout', bench.work / 'pulled'
    bench.forget()
    ours.build(Recipe(context), '-q', '-o', f'type=oci,dest={layout}/')
    name = f'{registry.address}/acme/app:latest'
    quiet = ['skopeo', 'copy', '-q', '--src-tls-verify=false', '--dest-tls-verify=false']

    def skopeo(source, destination):
        return measured([[*quiet, source, destination]], env=ours.env, log=ours.log, names=('skopeo',))

    built = ours.store.rename(bench.work / 'built')
    push, pull = bench.case('push'), bench.case('pull')
    for _ in bench.repetitions(3, minutes=3):
        with registry:
            push.add('skopeo', skopeo(f'oci:{layout}', f'docker://{name}'))
        built.rename(ours.store)
        with registry:
            push.add(ours.name, ours.run([ours.program, '-C', context, 'push', '-q']))
            ours.store.rename(built)
            pull.add(ours.name, ours.run([ours.program, '-C', context, 'pull', '-q', name]))
            pull.add('skopeo', skopeo(f'docker://{name}', f'oci:{pulled}'))
        remove(pulled)
        ours.forget()
