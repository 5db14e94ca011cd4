"""Two hundred services with twenty thousand files, of which nothing changed."""

from suite import Target
from workloads.services import system

TITLE = '200 services, 20,000 files'
ABOUT = '''
Nothing changed. Half of the services are measured too, since the time has to be linear in files. No peer takes
part: each would start two hundred builds.
'''


def run(bench):
    bench.without_peers()
    for services, target in ((bench.size(100, 4), None), (bench.size(200, 8), Target(seconds=0.05))):
        files = bench.size(100, 5)
        recipe = system(bench.work / str(services), services, files)
        same = bench.case(f'same, {services} services, {services * files} files', target)
        bench.forget()
        bench.ours.build(recipe)
        for _ in bench.repetitions(20, minutes=1):
            bench.time(same, lambda tool: tool.build(recipe))
