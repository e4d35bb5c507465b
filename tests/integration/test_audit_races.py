"""The audit trail when changes come at the same moment, on a real database."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chalicelib.core.audit import Event, Outcome
from chalicelib.core.context import system_context
from chalicelib.core.ids import random_id
from chalicelib.services.audit import verify
from chalicelib.storage.audit import Audit, AuditTrail, read_event

AT_ONCE = 4
EACH = 5
pytestmark = pytest.mark.usefixtures("stage")


def test_many_at_once_make_one_chain() -> None:
    """Requests at the same time all get their record, and the records are one whole chain."""
    ctx = system_context(random_id("ten"), "req")
    gate = Barrier(AT_ONCE)

    def work(name: int) -> None:
        gate.wait(timeout=10)
        for number in range(EACH):
            event = Event(
                tenant_id=ctx.tenant_id,
                actor_id="usr_1",
                role="owner",
                source_ip="203.0.113.7",
                user_agent="",
                request_id=f"{name}-{number}",
                action="create_segment",
                route="POST /api/segments",
                targets={},
                at_ms=time.time_ns() // 1_000_000,
            )
            AuditTrail().begin(event)
            AuditTrail().finish(event, Outcome(201, {"id": "seg_1"}))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(work, range(AT_ONCE)))
    trail = Audit(ctx)
    rows = list(trail.all_in_order())
    wanted = {f"{name}-{number}" for name in range(AT_ONCE) for number in range(EACH)}
    assert {read_event(row)["request_id"] for row in rows} == wanted
    assert [row.sequence for row in rows] == list(range(1, AT_ONCE * EACH + 1))
    assert verify(rows, trail.head()) == []
    assert trail.intents() == []
