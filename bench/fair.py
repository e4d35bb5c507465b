"""Virtual time: a tenant launches a campaign to 100,000 contacts, and a second later another
launches one to 100, each from a number of its own with 80 messages a second; then the small one
again, alone. Both share the queues, two planners and the senders that the template allows, and all
of it is Parley's own code, as in cap-1000. The send queue here hands out what has waited longest:
SQS's fair queues would help the small tenant, and are not counted on.

`slowdown` is the time from the small campaign's launch to its last message that Meta takes, over
the time that it needs alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from bench.bar import Bar, Bench, Figures, say
from bench.cap_1000 import simulated
from bench.cloud import stage
from bench.cloud.dynamodb import Table
from bench.cloud.expressions import Item
from bench.cloud.services import Cloud
from bench.crowd import Crowd, Sent
from bench.virtual_stack import Meta, consume
from bench.virtual_time import Kernel
from bench.world import make_business
from chalicelib.handlers.queues import plan, send
from chalicelib.services.campaigns import drafts
from infra.resources import fragment

LARGE, SMALL = 100_000, 100
_PLANNERS = 2
_LIMIT_PER_S = 80
_LATER_MS = 1_000.0
_TELL_MS = 60_000.0


class Crowds(Table):
    """The contacts of several tenants."""

    def __init__(self, crowds: dict[str, Crowd]) -> None:
        super().__init__(("tenant_id", "id"))
        self._crowds = crowds

    def get(self, key: Mapping[str, Any]) -> Item | None:
        """Return a contact."""
        return self._crowds[key["tenant_id"]["S"]].get(key)

    def partition(self, key: str) -> tuple[Any, list[str]]:
        """Return a tenant's contacts in order."""
        return self._crowds[key].partition(key)


def run() -> Figures:
    """Take the small campaign's time beside the large one, and alone."""
    alone_s = _seconds({"small": SMALL})
    beside_s = _seconds({"large": LARGE, "small": SMALL})
    return {
        "slowdown": round(beside_s / alone_s, 4),
        "alone_s": round(alone_s, 3),
        "beside_s": round(beside_s, 3),
    }


def _seconds(sizes: dict[str, int]) -> float:
    """Return how long the small campaign takes, in virtual seconds."""
    kernel = Kernel()
    cloud = Cloud(stage.PREFIX, kernel)
    meta = Meta(kernel, _LIMIT_PER_S)
    with simulated(kernel, cloud, meta):
        businesses = {name: make_business(kernel, phone_number_id=name) for name in sizes}
        cloud.dynamodb.tables[f"{stage.PREFIX}messages"] = Sent()
        cloud.dynamodb.tables[f"{stage.PREFIX}contacts"] = Crowds(
            {
                business.ctx.tenant_id: Crowd(business.ctx.tenant_id, sizes[name])
                for name, business in businesses.items()
            }
        )
        for name, business in businesses.items():
            campaign_id = business.draft(kernel).id
            at_ms = _LATER_MS if name == "small" else 0.0
            kernel.start(partial(drafts.launch, business.ctx, campaign_id), at_ms)
        for _ in range(_PLANNERS):
            kernel.start(consume(kernel, cloud, "plan", plan.handler))
        for _ in range(fragment()["Parameters"]["SenderConcurrency"]["Default"]):
            kernel.start(consume(kernel, cloud, "send", send.handler))
        kernel.start(lambda: _watch(kernel, meta, sizes))
        kernel.run()
    assert all(meta.accepted[name] == size for name, size in sizes.items())
    assert meta.refused == 0, f"{meta.refused} refusals"
    return (meta.last_ms["small"] - _LATER_MS) / 1000


def _watch(kernel: Kernel, meta: Meta, sizes: dict[str, int]) -> None:
    """End the world when everybody has been sent to."""
    while any(meta.accepted[name] < size for name, size in sizes.items()):
        kernel.sleep(1_000)
        if kernel.now % (10 * _TELL_MS) < 1_000:
            say(f"  {dict(meta.accepted)} after {kernel.now / 60_000:.0f} min")
    kernel.sleep(2_000)  # what is in flight gets its row
    kernel.end()


BENCH = Bench(
    "fair",
    "Does a large campaign of one tenant keep a small one of another waiting?",
    (Bar("slowdown", "<=", 1.1),),
    run,
)
