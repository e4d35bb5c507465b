"""Every line of the planner, the tick, the sender and the webhook at which a process can die, times
every accident that Meta and the queues have, times seeds. Lines are not listed anywhere: first runs
of each accident without a death note which lines of the engine's modules are come to, and how
often; then each line is died at, at an occurrence that the seed chooses, by an exception that the
code may catch and clean up after, or by a kill from which nothing more reaches AWS or Meta. See
`bench/fault_world.py` for the world, and for the accidents in it.

A line has 200 seeds, shared out over the accidents so that each pair of accident and line has as
many as every other; `python -m bench.faults --each` gives 200 to each pair, which takes hours.
`sigkills` are real: a campaign on the local stack, whose sender, webhook and planner processes the
kernel kills at moments that a seed chooses, while the stack starts them again.

`duplicates` is recipients who got a message twice. `unaccounted` is recipients of whom the ledger
does not say what Meta did, or who are in it twice or not at all, and campaigns that do not end.
`ledger_differs` is campaigns whose counters end different from a recount of their rows.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

os.environ |= {"SETTLE_INTERVAL_S": "60", "SETTLE_TIMEOUT_S": "300"}

from bench import fault_world as world
from bench.bar import Bar, Bench, Figures, say
from bench.stack import patience, ready_campaign

SEEDS = 200
KILLS = 12
_KILLED_RECIPIENTS = 900
_SURVEYS = 3
_SHOWN = 10

ACCIDENTS = (
    "none",
    "refused",
    "throttled",
    "pair",
    "spam",
    "token",
    "error_before",
    "error_after",
    "timeout",
    "reset",
    "early",
    "failed",
    "duplicate",
    "reorder",
)


@dataclass(frozen=True, slots=True)
class Point:
    """A line that an accident's run comes to, and how often."""

    accident: str
    line: world.Line
    hits: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What some cases came to."""

    cases: int
    died: int
    duplicates: int
    unaccounted: int
    ledger_differs: int
    told: tuple[str, ...]


def run(
    seeds: int = SEEDS, *, each: bool = False, kills: int = KILLS, share_of: int = 1
) -> Figures:
    """Play all cases on all processors, then kill real processes."""
    start = world.Start()
    points = _points(start)
    if share_of > 1:
        points, seeds, each = random.Random(7).sample(points, len(points) // share_of), 1, True
    lines = {point.line for point in points}
    share = seeds if each else max(1, round(seeds * len(lines) / len(points)))
    say(f"  {len(lines)} lines, {len(points)} pairs of accident and line, {share} seeds each")
    tallies = _play_all(start, points, share)
    for tally in tallies:
        for line in tally.told[:_SHOWN]:
            say(line)
    killed = _kill_for_real(kills) if kills else Counter[str]()
    return {
        "cases": sum(tally.cases for tally in tallies) + killed["cases"],
        "duplicates": sum(tally.duplicates for tally in tallies) + killed["duplicates"],
        "unaccounted": sum(tally.unaccounted for tally in tallies) + killed["unaccounted"],
        "ledger_differs": sum(tally.ledger_differs for tally in tallies) + killed["differs"],
        "died": sum(tally.died for tally in tallies),
        "lines": len(lines),
        "accidents": len(ACCIDENTS),
        "sigkills": kills,
    }


def _points(start: world.Start) -> list[Point]:
    """Return every line that any accident comes to without a death."""
    points: list[Point] = []
    for accident in ACCIDENTS:
        hits: Counter[world.Line] = Counter()
        for seed in range(_SURVEYS):
            hits |= world.play(start, accident, seed).lines
        points += [Point(accident, line, count) for line, count in sorted(hits.items())]
    return points


def _play_all(start: world.Start, points: Sequence[Point], seeds: int) -> list[Tally]:
    shares = os.cpu_count() or 1
    context = multiprocessing.get_context("fork")
    with context.Pool(shares) as pool:
        jobs = [(start, list(points[n :: shares * 40]), seeds) for n in range(shares * 40)]
        tallies: list[Tally] = []
        for tally in pool.imap_unordered(_play_some, jobs):
            tallies.append(tally)
            if len(tallies) % 10 == 0:
                say(f"  {sum(one.cases for one in tallies)} cases")
        return tallies


def _play_some(job: tuple[world.Start, list[Point], int]) -> Tally:
    start, points, seeds = job
    counts: Counter[str] = Counter()
    told: list[str] = []
    for point, seed, death in _cases(points, seeds):
        verdict = world.play(start, point.accident, seed, death)
        counts["cases"] += 1
        counts["died"] += verdict.has_died
        counts["duplicates"] += verdict.duplicates
        counts["unaccounted"] += verdict.unaccounted
        counts["differs"] += verdict.ledger_differs
        if verdict.duplicates or verdict.unaccounted or verdict.ledger_differs:
            path, number = point.line
            told.append(
                f"  {point.accident} {path.rsplit('chalicelib/', 1)[1]}:{number} seed {seed} "
                f"nth {death.nth} {'kill' if death.is_kill else 'exception'}: {verdict.why}"
            )
    return Tally(
        counts["cases"],
        counts["died"],
        counts["duplicates"],
        counts["unaccounted"],
        counts["differs"],
        tuple(told),
    )


def _cases(points: Sequence[Point], seeds: int) -> Iterator[tuple[Point, int, world.Death]]:
    """Yield each death: at which occurrence, and of which kind, the seed decides."""
    for point in points:
        for seed in range(seeds):
            chance = random.Random(f"{point.accident}|{point.line}|{seed}")
            nth = chance.randint(1, point.hits)
            yield point, seed, world.Death(point.line, nth, is_kill=seed % 2 == 0)


def _kill_for_real(kills: int) -> Counter[str]:
    """Kill the stack's processes in the middle of a campaign; return what that did to it."""
    chance = random.Random(7)
    environment = {
        "SANDBOX_BEHAVIOUR": "answer=0",
        "CONSUMER_VISIBILITY_S": "5",
        "SETTLE_TIMEOUT_S": "20",
    }
    with ready_campaign(_KILLED_RECIPIENTS, environment) as ready:
        ready.api.change_campaign(ready.campaign_id, "launch")
        for _ in range(kills):
            time.sleep(chance.uniform(0.5, 2.0))
            pid = ready.stack.pids.get(chance.choice(("sender", "sender", "webhook", "workers")))
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
        with patience("the campaign whose processes were killed") as wait:
            while ready.api.get_campaign(ready.campaign_id)["state"] != "completed":
                wait()
        report = ready.api.reconcile(ready.campaign_id)
        seen = ready.sandbox.counts("p1.cmp_")
    say(f"  {kills} SIGKILLs: {report['states']}, {seen}")
    return Counter(
        cases=kills,
        duplicates=seen["duplicates"],
        unaccounted=abs(sum(report["states"].values()) - _KILLED_RECIPIENTS),
        differs=0 if report["reconciled"] else 1,
    )


def main(argv: list[str]) -> int:
    """Run a share of the cases, or far more of them; the exit code tells whether all bars held."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds of each line")
    parser.add_argument("--each", action="store_true", help="so many for each accident as well")
    parser.add_argument("--kills", type=int, default=KILLS, help="real SIGKILLs; 0 for none")
    parser.add_argument("--share", type=int, default=1, help="only one of so many points")
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
