"""Any order: of a message's statuses, and of what people and queues do to a campaign."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict
from chalicelib.core.ids import random_id
from chalicelib.services.campaigns import ledger, lifecycle, views
from chalicelib.storage.message_state import RANKS
from chalicelib.storage.messages import Messages
from chalicelib.storage.outgoing import NewRow, record_together
from tests.component.campaigns.conftest import Bench, People, counts

STEPS = ("accepted", "sent", "delivered", "read", "failed")


def end_of(ctx: TenantContext, order: list[str]) -> dict[str, object]:
    """Write a message's states in this order; return the row that they end in."""
    contact, message = random_id("con"), random_id("msg")
    messages = Messages(ctx)
    for state in order:
        fields: dict[str, str | int] = {"wamid": "w", f"{state}_at": 1_000 + RANKS[state]}
        if state == "accepted":
            record_together(ctx, [NewRow(contact, message, state, {**fields, "text": "Hello"})])
        else:
            messages.raise_state(contact, message, state, fields)
    row = messages.get(contact, message)
    names = ("state", "rank", "text", "wamid", *(f"{state}_at" for state in STEPS))
    return {name: getattr(row, name) for name in names}


@pytest.mark.parametrize("seed", range(40))
def test_statuses_in_any_order_end_in_one_row(ctx: TenantContext, aws: None, seed: int) -> None:
    """Any permutation and repetition of our own write and of the statuses ends in the same row."""
    chance = random.Random(seed)
    steps = chance.sample(STEPS, chance.randint(2, len(STEPS)))
    order = steps + chance.choices(steps, k=3)
    chance.shuffle(order)
    assert end_of(ctx, order) == end_of(ctx, sorted(steps, key=STEPS.index))


@pytest.mark.parametrize("seed", range(6))
def test_any_interleaving_keeps_the_ledgers_sum(bench: Bench, people: People, seed: int) -> None:
    """Pause, resume, cancel and deliveries of chunks and ticks in any order, some of them twice:
    at every moment the ledger adds up, and nobody is sent to twice.
    """
    chance = random.Random(seed)
    people(90)
    bench.launch_and_plan()
    campaign_id = bench.campaign().id
    actions: dict[str, Callable[[], object]] = {
        "pause": lambda: lifecycle.pause(bench.ctx, campaign_id),
        "resume": lambda: lifecycle.resume(bench.ctx, campaign_id),
        "cancel": lambda: lifecycle.cancel(bench.ctx, campaign_id),
        "send": lambda: bench.work("send", twice=chance.random() < 0.3),
        "plan": lambda: bench.work("plan", twice=chance.random() < 0.3),
    }
    moves = [*("pause", "resume", "send", "plan") * 2, *(["cancel"] if seed % 2 else [])]
    chance.shuffle(moves)
    for move in moves:
        try:
            actions[move]()
        except Conflict:
            continue  # the campaign was not in a state for it, and said so
        bench.clock.advance(chance.choice((1, 40)))
        book = bench.recount()
        assert book.is_balanced, (moves, move, book)
        assert book.audience == 90
        assert sum(ledger.live(bench.ctx, bench.campaign()).states.values()) == 90
    assert counts(bench.meta, campaign_id)["duplicates"] == 0
    assert views.get(bench.ctx, campaign_id).audience == 90
