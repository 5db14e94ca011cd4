"""The program itself: its start, and the evaluation of a large workspace."""

import shutil

from measure import run as measured
from suite import Target

TITLE = 'start-up, and evaluation of 500 services'
ABOUT = '''
`start` is `tierbuild --version`, beside `git --version`; `true` is what measuring itself costs. The evaluation is
of `tierbuild tasks`: each of 500 services reads a requirements file through a rule, and globs look at all of them.
It is done `anew`, and `kept` from the run before.
'''

BUILDFILE = '''
defaults { env = { TZ = 'UTC' }, labels = { vendor = 'acme' } }
tier 'base' { from = 'python:3.12-slim', apt = { 'curl', 'git' }, pip = { 'fastapi==1.0', 'uvicorn==0.3' } }
include 'services/*/Buildfile.lua'
for _, pattern in ipairs {
  'services/*/requirements.txt', 'services/*/src/*.py', 'services/*/*.md', '**/nothing.txt', 'build/*.lua',
  'services/s1*/Buildfile.lua', 'services/s2*/src/**', '*.lua', 'services/*/conf/*.json',
} do glob(pattern) end
task 'test' { run = { 'pytest', ARGV } }
'''
RULES = '''
return { service = rule 'py_service' {
  params = { on = t.tier, port = t.port:opt(8000) },
  function(p)
    local packages = {}
    for line in (read 'requirements.txt'):gmatch '[^\\n]+' do table.insert(packages, line) end
    return {
      from = p.on, env = { PYTHONPATH = '/app', PORT = tostring(p.port) }, pip = packages,
      copy = { { 'src', to = '/app/src' } }, cmd = { 'python', '-m', p.name },
      healthcheck = health.http { port = p.port, path = '/health' },
    }
  end,
} }
'''
SERVICE = '''local rules = require 'build.rules'
rules.service 's%d' { on = 'base', port = %d, env = { LOG_LEVEL = 'INFO' }, labels = { team = 'a' } }
'''


def workspace(directory, services):
    (directory / 'build').mkdir(parents=True)
    (directory / 'Buildfile.lua').write_text(BUILDFILE)
    (directory / 'build/rules.lua').write_text(RULES)
    for number in range(1, services + 1):
        service = directory / f'services/s{number}'
        (service / 'src').mkdir(parents=True)
        (service / 'conf').mkdir()
        (service / 'src/main.py').write_text('pass\n')
        (service / 'requirements.txt').write_text(
            f'httpx==0.26.0\nstructlog==24.1.0\npydantic==2.12.0\nrequests==2.{number}\n')
        (service / 'Buildfile.lua').write_text(SERVICE % (number, 8000 + number))


def run(bench):
    bench.without_peers()
    ours = bench.ours
    tree = bench.work / 'tree'
    workspace(tree, bench.size(500, 5))

    def other(*words):
        return measured([words], env=ours.env, log=ours.log, names=(words[0],))

    start, nothing = bench.case('start', Target(seconds=0.005)), bench.case('nothing')
    anew = bench.case('evaluated anew', Target(seconds=0.150))
    kept = bench.case('evaluation kept', Target(seconds=0.010))
    bench.forget()
    ours.store.mkdir()
    (ours.store / 'oci-layout').write_text('{"imageLayoutVersion":"1.0.0"}\n')  # `tasks` alone makes no store
    for _ in bench.repetitions(25, minutes=2):
        start.add(ours.name, ours.run([ours.program, '--version']))
        start.add('git', other('git', '--version'))
        nothing.add('true', other('true'))
        shutil.rmtree(ours.store / 'evaluations', ignore_errors=True)
        anew.add(ours.name, ours.run([ours.program, '-C', tree, 'tasks']))
        kept.add(ours.name, ours.run([ours.program, '-C', tree, 'tasks']))
