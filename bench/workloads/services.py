"""Three tiers and twenty services on them: a small system, the most usual day."""

import os

from inputs import BASE_CONTAINERFILE, containerfile, workspace
from suite import Target
from tools import Recipe

TITLE = '3 tiers and 20 services'
ABOUT = '''
Twenty services copy twenty files each onto two tiers of one `RUN` each. `cold` starts without anything built (peers
keep their daemons), `same` changes nothing, `edit` changes one file of one service. The build alone is timed: the
layers of tierbuild are compressed when it ends, those of the peers are not. Peers build two images per core at a
time, with which they are fastest.
'''

TIERS = '''
local one = tier 'one' { from = base, steps = { step 'busybox mkdir -p /one && busybox seq 1 1000 > /one/data' } }
local two = tier 'two' { from = one, steps = { step 'busybox mkdir -p /two && busybox seq 1 1000 > /two/data' } }
for i = 1, %d do
  service('s' .. i) { from = two, copy = { { 'services/s' .. i, to = '/app' } }, cmd = { '/bin/sh' } }
end
'''
STEPS = '''RUN busybox mkdir -p /one && busybox seq 1 1000 > /one/data
RUN busybox mkdir -p /two && busybox seq 1 1000 > /two/data
COPY services/s%d /app
CMD ["/bin/sh"]
'''


def system(work, services, files):
    context = workspace(work / 'tree', TIERS % services)
    for number in range(1, services + 1):
        directory = context / f'services/s{number}'
        directory.mkdir(parents=True)
        for file in range(1, files + 1):
            text = ''.join(f'{number} {file} {line}\n' for line in range(200))
            directory.joinpath(f'file{file}.py').write_text(text)
    names = range(1, services + 1)
    files = {f's{n}': containerfile(work / 'recipes', f's{n}', BASE_CONTAINERFILE + STEPS % n) for n in names}
    return Recipe(context, files, at_once=2 * os.cpu_count())


def run(bench):
    recipe = system(bench.work, bench.size(20, 3), bench.size(20, 3))
    cold, same = bench.case('cold', Target(1 / 2)), bench.case('same', Target(1 / 50))
    edit = bench.case('edit', Target(1 / 8))
    for number in bench.repetitions(5, minutes=4):
        bench.forget()
        bench.time(cold, lambda tool: tool.build(recipe))
        for _ in range(bench.size(2, 1)):
            bench.time(same, lambda tool: tool.build(recipe))
        (recipe.context / 'services/s3/changed.py').write_text(f'run {number}')
        bench.time(edit, lambda tool: tool.build(recipe))
