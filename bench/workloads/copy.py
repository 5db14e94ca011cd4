"""One COPY of a hundred thousand files."""

from inputs import BASE_CONTAINERFILE, containerfile, tree, workspace
from suite import Target
from tools import Recipe

TITLE = '`COPY` of 100,000 files, 395 MB'
ABOUT = '''
`first` starts without anything built, `same` changes nothing, `edit` changes one file. A first build and an edit
end with a gzip OCI layout, which is what can be shipped: for the peers the export is part of the time, and its
share is shown. The tree is no git repository. A quarter of the files does not shrink.
'''

BOUNDS = {'same': '''
one `fstatat` for each file: 91 % of the processor time, 1.4 µs each, spread over all processors. A loop in C++ that does
nothing else but stat the same files by names that it knows takes 70 to 73 ms with two threads; `statx` with the smallest
mask, or names in the order of inodes, are no faster. The call itself is a third of that (0.5 µs for one and the same
file); the rest is waiting for memory: the directory entry and the inode of each file.
'''}


def run(bench):
    context = workspace(bench.work / 'tree', "service 'app' { from = base, copy = { { 'src', to = '/app' } } }\n")
    tree(context / 'src', files=bench.size(100_000, 200), folders=bench.size(250, 5), size=3950)
    file = containerfile(bench.work / 'recipes', 'app', BASE_CONTAINERFILE + 'COPY src /app\n')
    recipe = Recipe(context, {'app': file})

    def shipped(tool):
        return tool.build(recipe).then(tool.export(recipe))

    first, same = bench.case('first', Target(1 / 6)), bench.case('same', Target(1 / 25))
    edit = bench.case('edit', Target(1 / 12))
    for number in bench.repetitions(3, minutes=8):
        bench.forget()
        bench.time(first, shipped)
        for _ in range(3):
            bench.time(same, lambda tool: tool.build(recipe))
        (context / 'src/d003/f000003.py').write_text(f'run {number}\n')
        bench.time(edit, shipped)
