"""Senders, webhooks and imports at the same moment, on a real database: slots, claims and joins."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.ids import random_id
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.chunks import NOT_BEGUN, QUEUED, ChunkRow, Chunks, Lease, LostLease
from chalicelib.storage.messages import Messages
from chalicelib.storage.numbers import Connection, Numbers
from chalicelib.storage.outgoing import NewRow, record_together
from chalicelib.storage.pacing import reserve_slot

AT_ONCE = 8
ResultT = TypeVar("ResultT")
pytestmark = pytest.mark.usefixtures("stage")


@pytest.fixture
def ctx() -> TenantContext:
    """Give a tenant of this test alone."""
    return TenantContext(random_id("ten"), "system", "system", "req_test")


def at_once(work: Callable[[int], ResultT]) -> list[ResultT]:
    """Run `work` in threads that start together; return what each returned."""
    gate = Barrier(AT_ONCE)

    def run(number: int) -> ResultT:
        gate.wait(timeout=10)
        return work(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_slots_never_overlap(ctx: TenantContext) -> None:
    """However many senders reserve at once, no two have the number at the same time."""
    number = Numbers(ctx).connect(
        Connection(
            uuid.uuid4().hex, uuid.uuid4().hex, "+1", "A", "GREEN", "STANDARD", "CONNECTED", b"x"
        ),
        1,
    )
    now_ms = 1_000_000

    def reserve(thread: int) -> list[tuple[int, int]]:
        slots = []
        for turn in range(10):
            length = 100 + 10 * thread + turn
            slot = reserve_slot(ctx, number.id, length, now_ms)
            assert slot.end_ms - slot.start_ms == length
            slots.append((slot.start_ms, slot.end_ms))
        return slots

    slots = sorted(slot for own in at_once(reserve) for slot in own)
    assert slots[0][0] >= now_ms
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(slots))


def test_one_of_many_claims_a_chunk(ctx: TenantContext) -> None:
    """Of all senders that claim a chunk one gets it; once its lease is over another one does, and
    the first can neither mark, give back nor finish any more.
    """
    chunks = Chunks(ctx, random_id("cmp"))
    chunks.create(
        ChunkRow(
            chunk_id="000000-0000",
            part=0,
            offset=0,
            length=10,
            size=4,
            marks=NOT_BEGUN * 4,
            state=QUEUED,
        )
    )
    leases = [Lease(f"owner-{n}", 1000) for n in range(AT_ONCE)]
    won = at_once(lambda n: chunks.claim("000000-0000", leases[n], now_ms=5))
    (winner,) = [n for n, row in enumerate(won) if row is not None]
    row = won[winner]
    assert row is not None
    later = Lease("later", 1000)
    assert chunks.claim("000000-0000", later, now_ms=900) is None
    assert chunks.claim("000000-0000", later, now_ms=2000) is not None
    with pytest.raises(LostLease):
        chunks.begin(row, [0], leases[winner], 2000)
    with pytest.raises(LostLease):
        chunks.give_back(row, [0], leases[winner])
    with pytest.raises(LostLease):
        chunks.finish(row, leases[winner], 2000)


def test_statuses_at_once_end_in_the_greatest(ctx: TenantContext) -> None:
    """Statuses and our own write in parallel leave one row, the greatest state, all their times,
    and transitions that add up to exactly that one row.
    """
    messages = Messages(ctx)
    states = ["sent", "delivered", "read", "sent", "delivered", "read", "accepted", "accepted"]
    for _ in range(10):
        contact, message = random_id("con"), random_id("msg")

        def write(n: int, contact: str = contact, message: str = message) -> dict[str, int]:
            state = states[n]
            fields: dict[str, str | int] = {f"{state}_at": 1000}
            change = (
                messages.record_outgoing(contact, message, state, fields)
                if state == "accepted"
                else messages.raise_state(contact, message, state, fields)
            )
            if change is None:
                return {}
            before = {change.before: -1} if change.before else {}
            return {**before, change.after: 1}

        sums: dict[str, int] = {}
        for change in at_once(write):
            for state, delta in change.items():
                sums[state] = sums.get(state, 0) + delta
        row = messages.get(contact, message)
        assert row.state == "read"
        assert (row.accepted_at, row.sent_at, row.delivered_at, row.read_at) == (1000,) * 4
        assert {state: count for state, count in sums.items() if count} == {"read": 1}


def test_a_row_that_a_status_made_first_is_joined(ctx: TenantContext) -> None:
    """Rows written together never overwrite one that a status made before, on a real database: its
    state stands, what the sender knows is filled in, and the others are new.
    """
    contact, early, new = random_id("con"), random_id("msg"), random_id("msg")
    messages = Messages(ctx)
    messages.raise_state(contact, early, "delivered", {"wamid": "w1", "delivered_at": 5})
    fields: dict[str, str | int] = {"text": "Hello", "accepted_at": 4}
    rows = [NewRow(contact, early, "accepted", fields), NewRow(contact, new, "accepted", fields)]
    first, second = record_together(ctx, rows)
    assert first is None
    assert second is not None
    row = messages.get(contact, early)
    assert (row.state, row.wamid, row.text, row.accepted_at) == ("delivered", "w1", "Hello", 4)
    assert messages.get(contact, new).state == "accepted"
    assert record_together(ctx, rows) == [None, None]


def test_counters_lose_nothing(ctx: TenantContext) -> None:
    """Additions in parallel, spread over the shards, all count."""
    campaigns, campaign_id = Campaigns(ctx), random_id("cmp")

    def add(thread: int) -> None:
        for _ in range(20):
            campaigns.count(campaign_id, {"sent": 1, "read": thread})

    at_once(add)
    assert campaigns.counters(campaign_id) == {"sent": 160, "read": 20 * sum(range(AT_ONCE))}
