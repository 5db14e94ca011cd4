"""What a workload gets: tools, a directory, repetitions within a time, and cases that collect samples."""

import shutil
import time
from dataclasses import dataclass, field

import measure
import tools

OURS = tools.Tierbuild.name


@dataclass(frozen=True)
class Target:
    """At most `ratio` of the best peer, or at most `seconds`."""
    ratio: float = None
    seconds: float = None

    def text(self):
        if self.seconds is not None:
            return f'≤ {self.seconds * 1000:g} ms'
        return f'≤ 1/{1 / self.ratio:g}' if self.ratio < 1 else f'≤ {self.ratio:g}'


@dataclass
class Case:
    name: str
    target: Target = None
    count: int = 0  # of steps or files, for a rate
    samples: dict = field(default_factory=dict)  # name of the tool -> list of samples

    def add(self, tool, sample):
        self.samples.setdefault(tool, []).append(sample)

    def figures(self):
        figures = {tool: measure.summary(samples) for tool, samples in self.samples.items()}
        result = {'name': self.name, 'tools': figures, 'target': self.target.text() if self.target else None}
        ours, peers = figures.get(OURS), {tool: one for tool, one in figures.items() if tool != OURS}
        if ours and peers:
            best = min(peers, key=lambda tool: peers[tool]['median'])
            result |= {'best_peer': best, 'ratio': ours['median'] / peers[best]['median']}
            if any(one['export'] for one in peers.values()):  # what they take to build alone, which favours them
                alone = min(one['median'] - one['export'] for one in peers.values())
                result['ratio_without_export'] = ours['median'] / alone
        if ours and self.count:
            result['rate'] = self.count / ours['median']
        if ours and self.target and self.target.seconds is not None:
            result['met'] = ours['median'] <= self.target.seconds
        elif self.target and 'ratio' in result:
            result['met'] = result['ratio'] <= self.target.ratio
        return result


class Skipped(Exception):
    pass


class Bench:
    def __init__(self, work, ours, peers, *, quick, runs, cache):
        self.work, self.ours, self.quick, self.runs, self.cache = work, ours, quick, runs, cache
        self.present = [ours, *peers]
        self.tools = self.present
        self.cases, self.notes = [], []
        work.mkdir()

    def shown(self, error):
        return str(error).replace(str(self.work.parent), 'WORK')

    def size(self, full, quick):
        return quick if self.quick else full

    def without_peers(self):
        self.tools = [self.ours]

    def leave_out(self, name, reason):
        if any(tool.name == name for tool in self.tools):
            self.tools = [tool for tool in self.tools if tool.name != name]
            self.notes.append(f'{name} is left out from then on: {reason}')

    def case(self, name, target=None, count=0):
        self.cases.append(Case(name, target, count))
        return self.cases[-1]

    def repetitions(self, wanted, minutes):
        """Numbers from 1: as many as wanted, and no further one that would likely take longer than the time."""
        start, wanted = time.monotonic(), self.runs or (1 if self.quick else wanted)
        for number in range(1, wanted + 1):
            yield number
            spent = time.monotonic() - start
            if number < wanted and spent * (number + 1) / number > minutes * 60:
                self.notes.append(f'{number} of {wanted} repetitions: the time of {minutes} minutes was over')
                return
            self.tools = [*self.tools[1:], self.tools[0]]  # another one is the first of them

    def each(self, work):
        """The samples of some work with every tool. A peer that fails is left out from then on, with a note."""
        samples = {}
        for tool in self.tools:
            try:
                samples[tool.name] = work(tool)
            except measure.CommandFailed as error:
                if tool is self.ours:
                    raise
                self.tools = [other for other in self.tools if other is not tool]
                self.notes.append(f'{tool.name} failed: {self.shown(error)}')
        return samples

    def time(self, case, work):
        for name, sample in self.each(work).items():
            case.add(name, sample)

    def forget(self):
        self.each(lambda tool: tool.forget())

    def finish(self):
        for tool in self.present:
            try:
                tool.forget()
            except measure.CommandFailed:
                pass
        shutil.rmtree(self.work, ignore_errors=True)
