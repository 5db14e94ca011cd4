"""Images that another machine has built, taken from the cache in a registry."""

import os
import shutil
import subprocess

from measure import CommandFailed
from suite import Skipped, Target
from workloads import services
from workloads.registry import Registry

TITLE = 'remote cache'
ABOUT = '''
One machine builds the three tiers and twenty services of above and gives them to the cache in a registry
(`docker-registry`); another one, in a network namespace of its own and with an empty store, builds the same. `second
machine` is that build: nothing runs in it, and tierbuild downloads no layer. `first machine` is the build with what
it takes to fill the cache.
'''


class Machine:
    """A network namespace that reaches this one by a pair of interfaces, and the words that run a command in it."""

    def __init__(self, number):
        self.name = f'tb{os.getpid()}-{number}'
        self.subnet = f'10.213.{number}'
        self.host = f'{self.subnet}.1'
        self.prefix = ['nsenter', f'--net=/run/netns/{self.name}']  # `ip netns exec` would hide the cgroups

    def __enter__(self):
        link, peer = f'{self.name}h', f'{self.name}g'
        try:
            for words in (f'netns add {self.name}', f'link add {link} type veth peer name {peer} netns {self.name}',
                          f'addr add {self.host}/24 dev {link}', f'link set {link} up',
                          f'-n {self.name} addr add {self.subnet}.2/24 dev {peer}', f'-n {self.name} link set {peer} up',
                          f'-n {self.name} link set lo up', f'-n {self.name} route add default via {self.host}'):
                subprocess.run(['ip', *words.split()], check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            self.__exit__()
            raise Skipped(f'network namespaces cannot be made: {getattr(error, "stderr", error)}') from error
        return self

    def __exit__(self, *_):
        for words in (f'link del {self.name}h', f'netns del {self.name}'):
            subprocess.run(['ip', *words.split()], capture_output=True)


def run(bench):
    if not shutil.which('docker-registry') or not shutil.which('ip'):
        raise Skipped('this needs docker-registry and ip')
    bench.leave_out('docker', 'its own driver cannot export a cache to a registry')
    recipe = services.system(bench.work, bench.size(20, 3), bench.size(20, 3))
    first, second = bench.case('first machine'), bench.case('second machine', Target(1 / 5))
    with Machine(1) as one, Machine(2) as two:
        # One address for both: that of the first link, which the second machine reaches through its own.
        registry = Registry(bench.work / 'registry', one.host)
        cache = f'{registry.address}/cache'
        with open(recipe.context / 'Buildfile.lua', 'a') as file:
            file.write(f"registry '{registry.address}/acme' {{ insecure = true }}\n")

        def build(tool, machine, ours, theirs):
            if tool is bench.ours:
                return tool.run([*machine.prefix, tool.program, '-C', recipe.context, 'build', '-q', 'tier:*', 'service:*',
                                 ours, f'type=registry,ref={cache}'])
            return tool.run_builds(recipe, *machine.prefix, *tool.program, 'build', '--layers', '--isolation', 'chroot',
                                   '--jobs', os.cpu_count(), '--tls-verify=false', theirs, f'{cache}-{tool.name}')

        for _ in bench.repetitions(5, minutes=5):
            with registry:
                bench.forget()
                bench.time(first, lambda tool: build(tool, one, '--cache-to', '--cache-to'))
                bench.forget()
                bench.time(second, lambda tool: build(tool, two, '--cache-from', '--cache-from'))
                if list((bench.ours.store / 'snapshots').glob('*')):
                    raise CommandFailed('the second machine unpacked layers, so that steps ran in it')
