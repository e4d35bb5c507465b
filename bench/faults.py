"""Every accident, times every line at which the planner, the tick, the sender, the webhook or the
consumer of what it leaves can die. The world of a case, its accidents and what people do in it are
told by `bench/fault_world.py`, `fault_meta.py` and `fault_courses.py`.

Lines are listed nowhere. First each accident is played without a death from each of 200 seeds,
which also choose among 7 courses of what people do, and every line of Parley that a worker comes to
is noted: `surveys`. A line and an accident that come together are a pair, and `pairs` are all of
them. Then a worker dies in each pair, at an occurrence that is drawn among those of all surveys,
by turns by an exception that the line raises (`by_exception`) and by a SIGKILL of the worker's
process (`by_sigkill`): a line dies in both ways, with half of the accidents each. That much is
enumerated. The seeds are sampled: `seeds` of the 200 are played with a death, and each pair with
one of them. `python -m bench.faults --each 200` plays so many for each pair, which takes a day.

At last a campaign is sent on the local stack, whose sender, webhook and planner the kernel kills at
moments of a seed's choice while the stack starts them again: `stack_sigkills`.

`cases` is all of these deaths, and `died` those in which the worker came to its line again.
`duplicates` is messages too many: people who got one twice. `unaccounted` is recipients of whom the
ledger does not say what Meta did, or who are in it twice or not at all, campaigns that do not end,
and messages in a dead-letter queue. `ledger_differs` is campaigns whose counters end different from
a recount of their rows.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import fault_world as world
from bench.bar import Bar, Bench, Figures, say
from bench.fault_courses import COURSES, Start
from bench.fault_kills import Aftermath, kill_for_real
from bench.fault_lines import Death, Hit, Line
from bench.fault_meta import ACCIDENTS

SEEDS = 200
EACH = 1
KILLS = 12
_SHOWN = 40
_TOLD_EVERY_S = 5.0
_CHUNK = 50
_CHUNKS_OF_A_PROCESS = 10  # what cases leave in memory makes each fork for a SIGKILL slower
_PATIENCE_S = 30

Pair = tuple[str, Line]


class Hung(BaseException):
    """A case does not come to an end."""


@dataclass(frozen=True, slots=True)
class Case:
    """One death: which accident, course and seed, and where."""

    accident: str
    course: str
    seed: int
    death: Death

    def __str__(self) -> str:
        path, number = self.death.line
        kind = "SIGKILL" if self.death.is_kill else "exception"
        return (
            f"{self.accident}, {self.course}, seed {self.seed}: {kind} at {path}:{number} "
            f"{self.death.hit}"
        )


@dataclass(slots=True)
class Tally:
    """What some cases came to."""

    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def add(self, case: Case, verdict: world.Verdict) -> None:
        """Count one case."""
        self.counts["by_sigkill" if case.death.is_kill else "by_exception"] += 1
        self.counts["died"] += verdict.has_died
        self.counts["duplicates"] += verdict.duplicates
        self.counts["unaccounted"] += verdict.unaccounted
        self.counts["ledger_differs"] += verdict.ledger_differs
        if not verdict.is_clean:
            self.told.append(f"  {case}: {verdict.why}")


@dataclass(slots=True)
class Draw:
    """Where to die of one pair: `kept` of the `seen` places, each as likely as any other."""

    chance: random.Random
    each: int
    seen: int = 0
    kept: list[tuple[str, int, Hit]] = field(default_factory=list)

    def see(self, place: tuple[str, int, Hit]) -> None:
        """Take one more place into the draw."""
        self.seen += 1
        if len(self.kept) < self.each:
            self.kept.append(place)
        elif (at := self.chance.randrange(self.seen)) < self.each:
            self.kept[at] = place

    def places(self) -> list[tuple[str, int, Hit]]:
        """Return as many places as were asked for, some of them twice where there are fewer."""
        return [self.kept[n % len(self.kept)] for n in range(self.each)]


def run(seeds: int = SEEDS, *, each: int = EACH, kills: int = KILLS, share_of: int = 1) -> Figures:
    """Survey, play all cases on all processors, then kill real processes of a real stack."""
    starts = world.starts()
    draws = _survey(starts, seeds, each)
    cases = _cases(draws, share_of)
    say(f"  {len({line for _, line in draws})} lines, {len(draws)} pairs, {len(cases)} cases")
    tally = _play_all(starts, cases)
    for line in tally.told[:_SHOWN]:
        say(line)
    after = kill_for_real(kills) if kills else Aftermath(0, 0, 0, 0)
    counts = tally.counts
    return {
        "cases": len(cases) + after.kills,
        "duplicates": counts["duplicates"] + after.duplicates,
        "unaccounted": counts["unaccounted"] + after.unaccounted,
        "ledger_differs": counts["ledger_differs"] + after.ledger_differs,
        "died": counts["died"] + after.kills,
        "by_exception": counts["by_exception"],
        "by_sigkill": counts["by_sigkill"],
        "stack_sigkills": after.kills,
        "accidents": len(ACCIDENTS),
        "courses": len(COURSES),
        "lines": len({line for _, line in draws}),
        "pairs": len(draws),
        "seeds": len({case.seed for case in cases}),
        "surveys": seeds * len(ACCIDENTS),
    }


def _survey(starts: dict[str, Start], seeds: int, each: int) -> dict[Pair, Draw]:
    """Return where each accident comes to each line, of as many places as are needed."""
    chance = random.Random(7)
    draws: defaultdict[Pair, Draw] = defaultdict(lambda: Draw(chance, each))
    jobs = [
        (accident, COURSES[(seed + n) % len(COURSES)].name, seed)
        for n, accident in enumerate(ACCIDENTS)
        for seed in range(seeds)
    ]
    for (accident, course, seed), found in _everywhere(starts, _survey_one, jobs, "surveys"):
        for line, hit in found.items():
            draws[accident, line].see((course, seed, hit))
    return dict(sorted(draws.items()))


Surveyed = tuple[tuple[str, str, int], dict[Line, Hit]]


def _survey_one(job: tuple[str, str, int]) -> Surveyed:
    """Play without a death; of each line that is come to, return one time by chance."""
    accident, course, seed = job
    verdict = world.play(_STARTS[course], accident, seed, surveys=True)
    assert verdict.is_clean, f"{job} goes wrong without a death: {verdict.why}"
    chance = random.Random(f"{job}")
    return job, {line: chance.choice(hits) for line, hits in verdict.hits.items()}


def _cases(draws: dict[Pair, Draw], share_of: int) -> list[Case]:
    """Return a death of each pair at each of its places, by the one kind and the other in turn."""
    turns: Counter[Line] = Counter()
    cases: list[Case] = []
    for (accident, line), draw in draws.items():
        for course, seed, hit in draw.places():
            cases.append(Case(accident, course, seed, Death(line, hit, turns[line] % 2 == 1)))
            turns[line] += 1
    random.Random(11).shuffle(cases)
    return cases[: len(cases) // share_of]


def _play_all(starts: dict[str, Start], cases: Sequence[Case]) -> Tally:
    whole = Tally()
    for case, verdict in _everywhere(starts, _play_one, cases, "cases"):
        whole.add(case, verdict)
    return whole


def _play_one(case: Case) -> tuple[Case, world.Verdict]:
    """Play one case; one that hangs has lost everybody."""

    def give_up(_signal: int, _frame: object) -> None:
        raise Hung

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_PATIENCE_S)
    try:
        return case, world.play(_STARTS[case.course], case.accident, case.seed, case.death)
    except Hung:
        return case, world.Verdict(unaccounted=1, why="it hangs")
    finally:
        signal.alarm(0)


_STARTS: dict[str, Start] = {}


def _everywhere(
    starts: dict[str, Start], work: Callable[[Any], Any], jobs: Sequence[Any], what: str
) -> Iterable[Any]:
    """Yield what `work` makes of each job, done on all processors; say how far it is."""
    _STARTS.update(starts)  # the processes are forks, and know them
    told = time.monotonic()
    context, processes = multiprocessing.get_context("fork"), os.cpu_count() or 1
    with context.Pool(processes, maxtasksperchild=_CHUNKS_OF_A_PROCESS) as pool:
        for done, result in enumerate(pool.imap_unordered(work, jobs, chunksize=_CHUNK), 1):
            yield result
            if time.monotonic() - told > _TOLD_EVERY_S:
                told = time.monotonic()
                say(f"  {done} of {len(jobs)} {what}")


def main(argv: list[str]) -> int:
    """Run a share of the cases, or far more of them; the exit code tells whether all bars held."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds of each accident")
    parser.add_argument("--each", type=int, default=EACH, help="deaths of each pair")
    parser.add_argument("--kills", type=int, default=KILLS, help="SIGKILLs of a stack; 0 for none")
    parser.add_argument("--share", type=int, default=1, help="only one of so many cases")
    options = parser.parse_args(argv)
    figures = run(options.seeds, each=options.each, kills=options.kills, share_of=options.share)
    say(f"{figures}")
    return 0 if BENCH.holds(figures) else 1


BENCH = Bench(
    "faults",
    "Can any accident, with a process dying at any line, send twice or lose a recipient?",
    (
        Bar("duplicates", "==", 0),
        Bar("unaccounted", "==", 0),
        Bar("ledger_differs", "==", 0),
    ),
    run,
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
