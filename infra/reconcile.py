"""Recounts a campaign's ledger: `python -m infra.reconcile CAMPAIGN_ID --tenant TENANT_ID …`.

    --tenant ten_…  the business whose campaign it is
    --stage prod    the deployment; default: $STAGE, else local
    --bucket NAME   the deployment's bucket (output BucketName); default: $BUCKET
    --check         only compare: write nothing, correct nothing

Prints the ledger and what differed. Without --check, the counters are corrected and the difference
is kept with the campaign's report, under `operator:<your login>`. AWS is found as every AWS tool
finds it (profile, region, AWS_ENDPOINT_URL). Reads 0.5 RRU a recipient, once more where the
counters differ, for only what is found twice is a difference; memory does not grow.

Exit code 0: the ledger balances and the counters agreed. 1: they did not, or recipients moved while
they were counted, so that nothing can be said. 2: there is no such campaign.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound

if TYPE_CHECKING:
    # Tables take their names when they are imported: only after --stage has been read.
    from chalicelib.services.campaigns.ledger import Ledger

_FOREVER_MS = 30 * 86_400_000


def main(arguments: list[str]) -> int:
    """Recount, print what was found, and return the exit code."""
    options = _options(arguments)
    os.environ["STAGE"] = options.stage
    if options.bucket:
        os.environ["BUCKET"] = options.bucket
    settings.cache_clear()
    ctx = TenantContext(options.tenant, f"operator:{getpass.getuser()}", "system", "reconcile")
    try:
        if options.check:
            return _check(ctx, options.campaign_id)
        return _reconcile(ctx, options.campaign_id)
    except NotFound as error:
        sys.stderr.write(f"infra.reconcile: {error.detail}\n")
        return 2


def _options(arguments: list[str]) -> argparse.Namespace:
    words = __doc__.partition(":")[0]
    parser = argparse.ArgumentParser("python -m infra.reconcile", description=words)
    parser.add_argument("campaign_id")
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--stage", default=os.environ.get("STAGE", "local"))
    parser.add_argument("--bucket")
    parser.add_argument("--check", action="store_true")
    return parser.parse_args(arguments)


def _check(ctx: TenantContext, campaign_id: str) -> int:
    from chalicelib.services.campaigns import ledger, reconciling
    from chalicelib.storage.campaigns import Campaigns

    row = Campaigns(ctx).get(campaign_id)
    before = Campaigns(ctx).counters(row.id)
    book = ledger.recount(ctx, row)
    is_the_same = True
    if book.drift:
        time.sleep(reconciling.PAUSE_S)
        is_the_same = ledger.recount(ctx, row).drift == book.drift
    _print(row.name, row.state, book)
    if before != Campaigns(ctx).counters(row.id) or not is_the_same:
        return _moved()
    return _verdict(book.drift, is_balanced=book.is_balanced, done="differ")


def _reconcile(ctx: TenantContext, campaign_id: str) -> int:
    from chalicelib.services.campaigns import ledger, reconciling
    from chalicelib.storage.campaigns import Campaigns

    campaigns = Campaigns(ctx)
    found = reconciling.reconcile(
        ctx, campaigns.get(campaign_id), budget_ms=_FOREVER_MS, pause=time.sleep
    )
    row = campaigns.get(campaign_id)
    _print(row.name, row.state, ledger.live(ctx, row))
    if found is None or found["is_moving"]:
        return _moved()
    return _verdict(found["drift"], is_balanced=found["is_balanced"], done="differed, corrected")


def _print(name: str, state: str, book: Ledger) -> None:
    sys.stdout.write(f"{name} ({state}): {book.audience} recipients\n")
    for one, count in book.states.items():
        details: Mapping[str, int] = {}
        if one == "skipped":
            details = book.skipped
        elif one == "failed":
            details = {"no code" if c is None else str(c): n for c, n in book.failed.items()}
        reasons = ", ".join(f"{key} {value}" for key, value in details.items())
        sys.stdout.write(f"  {one:<10}{count:>10}{'  ' if reasons else ''}{reasons}\n")
    sys.stdout.write(f"  {'answered':<10}{book.answered:>10}\n")


def _verdict(drift: Mapping[str, int], *, is_balanced: bool, done: str) -> int:
    sys.stdout.write(f"balanced: {'yes' if is_balanced else 'NO'}\n")
    changes = ", ".join(f"{name} {count:+}" for name, count in drift.items())
    sys.stdout.write(f"counters: {f'{done}: {changes}' if changes else 'agree'}\n")
    return 0 if is_balanced and not drift else 1


def _moved() -> int:
    sys.stdout.write("counters: recipients moved while they were counted; ask again\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
