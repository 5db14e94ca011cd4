"""Many steps that do next to nothing: one on another, and beside each other."""

from inputs import BASE_CONTAINERFILE, containerfile, workspace
from tools import Recipe

TITLE = '100 steps in a chain, 200 beside each other'
ABOUT = '''
What a step costs when its command costs nothing. `chain` has each step on the one before, `wide` all on one base.
For `wide`, peers build stages of a Containerfile that a last stage mounts; docker builds twenty stages at a time,
since its BuildKit fails with more (`flightcontrol: exceeded retry timeout`). buildah takes part in one chain only.
'''


def chain(work, steps):
    context = workspace(work / 'chain', f"""
local steps = {{}}
for i = 1, {steps} do steps[i] = step('busybox echo ' .. i .. ' > /file' .. i) end
service 'chain' {{ from = base, steps = steps }}
""")
    lines = ''.join(f'RUN busybox echo {i} > /file{i}\n' for i in range(1, steps + 1))
    return Recipe(context, {'chain': containerfile(work / 'recipes', 'chain', BASE_CONTAINERFILE + lines)})


def wide(work, steps, stages):
    context = workspace(work / 'wide', f"""
for i = 1, {steps} do service('s' .. i) {{ from = base, steps = {{ step('busybox echo ' .. i .. ' > /file') }} }} end
""")
    files = {}
    for start in range(1, steps + 1, stages):
        numbers = range(start, min(start + stages, steps + 1))
        text = BASE_CONTAINERFILE + ''.join(f'FROM base AS s{i}\nRUN busybox echo {i} > /file\n' for i in numbers)
        mounts = ' '.join(f'--mount=type=bind,from=s{i},target=/m{i}' for i in numbers)
        name = f'wide{stages}_{start}'
        files[name] = containerfile(work / 'recipes', name, f'{text}FROM base\nRUN {mounts} busybox true\n')
    return Recipe(context, files)


def run(bench):
    in_chain, beside = bench.size(100, 4), bench.size(200, 6)
    one = chain(bench.work, in_chain)
    other = wide(bench.work, beside, 20)
    case, same = bench.case('chain', count=in_chain), bench.case('chain, same')
    case_wide = bench.case('wide', count=beside)
    for _ in bench.repetitions(3, minutes=5):
        bench.forget()
        bench.time(case, lambda tool: tool.build(one))
        bench.time(same, lambda tool: tool.build(one))
        bench.leave_out('buildah', 'it needs most of a second for each step')
        bench.forget()
        bench.time(case_wide, lambda tool: tool.build(other))
