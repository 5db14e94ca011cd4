"""The commit of a large RUN layer: what is left to do after its command has ended."""

import re

from inputs import BASE_CONTAINERFILE, containerfile, tree, workspace
from measure import CommandFailed
from suite import Target
from tools import Recipe

TITLE = 'commit of a 700 MB `RUN` layer'
ABOUT = '''
A step copies 700 MB out of a mounted stage. Timed is what follows the end of its command, up to a gzip OCI layout:
the diff, the compression, and for the peers the export; processor time is of all of it. A quarter of the bytes does
not shrink.
'''

# The clock at the end of the command goes through its output.
COMMAND = 'busybox cp -r /seed /copy && busybox awk \'{ print "ended at " $1 " in run %d" }\' /proc/uptime'

BOUNDS = {'after the command': '''
processor time: some 3.2 s of the threads that compress, which hardly ever wait, for the disk or for each other. 52 % of it
is deflate (ISA-L, level 1), 23 % two SHA-256 with the instructions for it (of 734 MB of tar and of 475 MB compressed), 11 %
writing, 4 % reading what the step wrote, 2 % the checksum of gzip. Some 0.2 s more go to one thread: the container
is taken down before, and the layer, which is the one of the run before, makes its files and its blob superfluous after.
'''}


def run(bench):
    context = workspace(bench.work / 'tree', '')
    buildfile = (context / 'Buildfile.lua').read_text()
    tree(context / 'seed', files=bench.size(700, 5), folders=5, size=1 << 20)

    def recipe(number):
        command = COMMAND % number
        (context / 'Buildfile.lua').write_text(f"""{buildfile}
local seed = tier 'seed' {{ from = image.scratch(), copy = {{ {{ 'seed', to = '/' }} }} }}
service 'app' {{ from = base, steps = {{
  run {{ '/bin/sh', '-c', [[{command}]], mounts = {{ bind.mount {{ from = seed, target = '/seed' }} }} }} }} }}
""")
        file = containerfile(bench.work / 'recipes', 'app', f"""FROM scratch AS seed
COPY seed /
{BASE_CONTAINERFILE}RUN --mount=type=bind,from=seed,target=/seed {command}
""")
        return Recipe(context, {'app': file})

    def after(tool, work):
        built = tool.build(work, '--progress=plain') if tool.name != 'buildah' else tool.build(work)
        ended = re.search(r'ended at ([\d.]+)', built.output)
        if not ended:
            raise CommandFailed(f'{tool.name} did not show what the command printed: {built.output[-300:]}')
        return built.without(built.seconds - (built.ended - float(ended[1]))).then(tool.export(work))

    bench.forget()
    bench.each(lambda tool: tool.build(recipe(0)))  # the stage that is mounted
    case = bench.case('after the command', Target(1 / 9))
    for number in bench.repetitions(3, minutes=5):
        bench.time(case, lambda tool: after(tool, recipe(number)))
