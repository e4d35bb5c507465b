"""Every mutant through the webhook's own handler, over an AWS in the memory of this process.

`python -m tests.fuzz.handler COUNT SEED`: each answer is 200 (400 only for what is no JSON object),
the valid message stands on the queue and the valid status in its row. Prints one JSON object.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import hmac
import json
import resource
import sys

from bench.cloud import stage
from bench.cloud.attach import at_calls
from bench.cloud.services import SECRET, Cloud
from bench.world import make_business
from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.context import TenantContext
from chalicelib.core.ids import derived_id
from chalicelib.handlers import webhook
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.storage.messages import Messages
from tests.fuzz.mutations import NUMBER_ID, Mutant, mutants

_WARM_UP = 2_000
_CONTACT = derived_id("con", 1, "fuzz")


def main(count: int, seed: int) -> None:
    """Deliver all; raises AssertionError at the first that is not stood."""
    cloud, before_mb = Cloud(stage.PREFIX, SYSTEM_CLOCK), 0.0
    with at_calls(cloud):
        ctx = make_business(SYSTEM_CLOCK, phone_number_id=NUMBER_ID).ctx

        def callback(serial: int) -> str:
            return encode_callback(MessageKey(ctx.tenant_id, _CONTACT, _row_id(serial), None))

        for serial, mutant in enumerate(mutants(count, seed, callback)):
            _check(cloud, ctx, serial, mutant)
            if serial == min(_WARM_UP, count - 1):
                gc.collect()
                before_mb = _resident_mb()
            if serial % 10_000 == 0:
                print(f"{serial} handled", file=sys.stderr)
    grown_mb = round(_resident_mb() - before_mb, 1)
    print(json.dumps({"handled": count, "memory_growth_mb": grown_mb}))


def _row_id(serial: int) -> str:
    return derived_id("msg", serial, "fuzz")


def _check(cloud: Cloud, ctx: TenantContext, serial: int, mutant: Mutant) -> None:
    status = webhook.handler(_signed(mutant.raw), None)["statusCode"]
    if len(mutant.raw) > webhook.MAX_BYTES:  # a third more than Meta ever sends
        assert status == 413
        return
    assert status == 200 or (status == 400 and not mutant.is_json), (status, mutant.raw[:2000])
    queue = cloud.queues["inbound"]
    if mutant.is_json:
        assert any(mutant.message_id in one.body for one in queue.waiting), mutant.raw[:2000]
        row = Messages(ctx).get(_CONTACT, _row_id(serial))
        assert (row.state, row.wamid) == ("delivered", mutant.status_id), mutant.raw[:2000]
    # What is proven is thrown away: the memory that is measured is the webhook's own.
    queue.waiting.clear()
    cloud.objects.clear()
    for name in ("messages", "daily_stats"):
        table = cloud.dynamodb.tables[f"{stage.PREFIX}{name}"]
        table.items.clear()
        table.order.clear()
        table.unordered.clear()


def _signed(raw: bytes) -> dict[str, object]:
    secret = SECRET["meta_app_secrets"][0]
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return {
        "requestContext": {"requestId": "r1", "http": {"method": "POST", "path": "/"}},
        "headers": {"x-hub-signature-256": f"sha256={digest}"},
        "body": base64.b64encode(raw).decode(),
        "isBase64Encoded": True,
    }


def _resident_mb() -> float:
    """Return the most memory that this process has had, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
