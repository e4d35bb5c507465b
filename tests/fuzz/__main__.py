"""Fuzz the webhook: `python -m tests.fuzz [COUNT] [SEED]`; 100,000 mutants of the samples if bare.

All go through the parser, and all through the webhook's own handler over an AWS in memory; every
50th through the webhook, the queue and its consumer over moto as well. Prints one JSON object on
its last line; exits with an error at the first mutant that is not stood.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import resource
import subprocess
import sys
import time
import warnings
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.core.ids import random_id
from tests.component import cloud
from tests.component.webhooks.conftest import connect
from tests.fuzz.checks import check_parser, check_webhook
from tests.fuzz.mutations import mutants

_EVERY = 50
_WARM_UP = 2_000
_MOST_GROWTH_MB = 64


def _resident_mb() -> float:
    """Return the most memory that this process has had, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Run, and say what was seen."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("count", nargs="?", type=int, default=100_000)
    options.add_argument("seed", nargs="?", type=int, default=20_261_125)
    given = options.parse_args()
    started, events, torn = time.monotonic(), 0, 0
    # The parser first and alone, so that the memory measured is its own.
    before_mb = 0.0
    for serial, mutant in enumerate(mutants(given.count, given.seed)):
        events += check_parser(mutant)
        torn += not mutant.is_json
        if serial == min(_WARM_UP, given.count - 1):
            gc.collect()
            before_mb = _resident_mb()
        if serial % 10_000 == 0:
            print(f"{serial} read", file=sys.stderr)
    grown_mb = _resident_mb() - before_mb
    handled = _handle(given.count, given.seed)
    delivered = _deliver(given.count, given.seed)
    holds = max(grown_mb, handled["memory_growth_mb"]) < _MOST_GROWTH_MB
    figures = {
        "mutants": given.count,
        "seed": given.seed,
        "events": events,
        "torn": torn,
        "through_handler": handled["handled"],
        "handler_memory_growth_mb": handled["memory_growth_mb"],
        "through_queue_and_storage": delivered,
        "memory_growth_mb": round(grown_mb, 1),
        "seconds": round(time.monotonic() - started),
    }
    print(json.dumps({"fuzz": "webhook", "figures": figures, "holds": holds}))
    sys.exit(0 if holds else 1)


def _handle(count: int, seed: int) -> dict[str, Any]:
    """Run the handler's part in a process of its own, whose AWS is in memory."""
    command = [sys.executable, "-m", "tests.fuzz.handler", str(count), str(seed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _deliver(count: int, seed: int) -> int:
    logging.getLogger("parley").setLevel(logging.ERROR)
    with warnings.catch_warnings(), cloud.moto_cloud():
        warnings.simplefilter("ignore")
        ctx = TenantContext(random_id("ten"), random_id("usr"), "owner", "fuzz")
        connect(ctx, "300000000000001", "200000000000001", "+1 555-010-0001")
        delivered = 0
        for serial, mutant in enumerate(mutants(count, seed)):
            if serial % _EVERY == 0:
                check_webhook(mutant)
                delivered += 1
                if delivered % 200 == 0:
                    print(f"{delivered} delivered", file=sys.stderr)
    return delivered


if __name__ == "__main__":
    main()
