"""A share of the fuzz of the webhook; `python -m tests.fuzz` is the whole of it."""

from __future__ import annotations

import gc
import tracemalloc

from tests.component.webhooks.conftest import Site
from tests.fuzz.checks import check_parser, check_webhook
from tests.fuzz.mutations import mutants

SEED = 7
_MOST_GROWTH = 2_000_000


def test_parser_stands_whatever_comes() -> None:
    """3,000 mutants: nothing raises, no valid neighbour is lost."""
    for mutant in mutants(3_000, SEED):
        check_parser(mutant)


def test_nothing_is_kept_in_memory() -> None:
    """Reading a thousand mutants leaves less than 2 MB behind."""
    for mutant in mutants(200, SEED):
        check_parser(mutant)
    tracemalloc.start()
    try:
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for mutant in mutants(1_000, SEED + 1):
            check_parser(mutant)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < _MOST_GROWTH


def test_webhook_stands_whatever_comes(site: Site) -> None:
    """60 mutants through the webhook, the queue and storage: no 5xx, every message taken in."""
    for mutant in mutants(60, SEED + 2):
        check_webhook(mutant)
