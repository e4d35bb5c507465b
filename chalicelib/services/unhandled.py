"""What Meta delivers and Parley does not know: counted in the log, and kept for an operator to see.

The items lie in the bucket under `webhooks/unhandled/<account>/<day>/`, as JSON, for 30 days: those
of a business that leaves are found by its accounts. A process keeps 20 of a kind, so that a new
field that comes a million times a day costs next to nothing.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Sequence

from chalicelib.core.clock import Clock, to_iso
from chalicelib.core.log import log
from chalicelib.storage.objects import put_unhandled
from chalicelib.whatsapp.events import Unhandled

MOST_OF_A_KIND = 20
_MOST_BYTES = 200_000
# Known for what they are: nothing is to be learned from another one.
_KNOWN = frozenset({"group message", "empty"})


def keep(events: Sequence[Unhandled], clock: Clock) -> None:
    """Count the events in the log, and write those that are new to this process. 1 request each.

    The same item has the same key, so that a repeated delivery is kept once.
    """
    if not events:
        return
    kinds = Counter(f"{event.field}: {event.kind}" for event in events)
    log.info("a delivery had items that nothing acts upon", extra={"kinds": dict(kinds)})
    for event in events:
        if event.raw is None or event.kind in _KNOWN:
            continue
        if _seen()[event.field, event.kind] >= MOST_OF_A_KIND:
            continue
        _seen()[event.field, event.kind] += 1
        body = _as_json(event)
        digest = hashlib.sha256(body).hexdigest()[:32]
        account = event.waba_id if event.waba_id.isdecimal() else "none"
        put_unhandled(f"{account}/{to_iso(clock.now_ms())[:10]}/{digest}.json", body)


@functools.cache
def _seen() -> Counter[tuple[str, str]]:
    return Counter()


def _as_json(event: Unhandled) -> bytes:
    head = {"waba_id": event.waba_id, "field": event.field, "kind": event.kind}
    try:
        whole = json.dumps({**head, "item": event.raw})
    except RecursionError:
        whole = json.dumps({**head, "item": "nested too deep"})
    return whole.encode()[:_MOST_BYTES]
