"""What changed since the last commit, in a repository of a hundred thousand files."""

import subprocess

from inputs import tree, workspace
from measure import run as measured
from suite import Skipped, Target

TITLE = '`changed --since HEAD~1` on 100,000 files'
ABOUT = '''
Two hundred services in a git repository, of which the last commit changed one file. Beside it `git status` on the
same tree, with a fresh index.
'''


def git(directory, *words):
    return ['git', '-C', str(directory), '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', *words]


def run(bench):
    if subprocess.run([bench.ours.program, 'changed', '--help'], capture_output=True, text=True).returncode != 0:
        raise Skipped('this program has no verb `changed`')
    bench.without_peers()
    services = bench.size(200, 5)
    context = workspace(bench.work / 'tree', f"""
for i = 0, {services - 1} do
  local dir = string.format('src/d%03d', i)
  service('s' .. i) {{ from = base, copy = {{ {{ dir, to = '/app' }} }} }}
end
""")
    tree(context / 'src', files=bench.size(100_000, 100), folders=services, size=3950)
    env = bench.ours.env | {'GIT_CONFIG_NOSYSTEM': '1'}
    for words in (['init', '-q'], ['add', '-A'], ['commit', '-q', '-m', 'all']):
        subprocess.run(git(context, *words), env=env, check=True)
    (context / 'src/d003/f000003.py').write_text('changed\n')
    subprocess.run(git(context, 'commit', '-q', '-a', '-m', 'one file'), env=env, check=True)

    case, first = bench.case('changed', Target(1.2)), bench.case('changed, nothing kept')
    bench.forget()
    first.add(bench.ours.name, bench.ours.run([bench.ours.program, '-C', context, 'changed', '--since', 'HEAD~1']))
    for _ in bench.repetitions(15, minutes=2):
        case.add(bench.ours.name, bench.ours.run([bench.ours.program, '-C', context, 'changed', '--since', 'HEAD~1']))
        status = git(context, 'status', '--porcelain')
        case.add('git', measured([status], env=env, log=bench.ours.log, names=('git',)))
