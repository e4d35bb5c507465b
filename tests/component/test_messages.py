"""Statuses of one message, in any order and repeated, end in one and the same row."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from chalicelib.core import aws as aws_clients
from chalicelib.core.context import TenantContext
from chalicelib.storage.message_state import RANKS
from chalicelib.storage.messages import MessageRow, Messages, time_field

CONTACT, MESSAGE = "con_" + "0" * 26, "msg_" + "0" * 26
TIMES = {"sent": 1_000, "delivered": 2_000, "read": 3_000, "failed": 1_500}


def run(ctx: TenantContext, order: tuple[str, ...]) -> dict[str, object]:
    """Apply statuses in `order`, our own write among them as `accepted`; return the row."""
    messages = Messages(ctx)
    for state in order:
        if state == "accepted":
            body: dict[str, str | int] = {"text": "Hi", "wamid": "wamid.1", "accepted_at": 900}
            messages.record_outgoing(CONTACT, MESSAGE, "accepted", body)
        else:
            fields = {"wamid": "wamid.1", **time_field(state, TIMES[state])}
            messages.raise_state(CONTACT, MESSAGE, state, fields)
    row = dict(messages.get(CONTACT, MESSAGE).attribute_values)
    MessageRow(messages.thread_key(CONTACT), MESSAGE).delete()
    return row


@pytest.mark.parametrize("last", ["read", "failed"])
def test_any_order_ends_the_same(ctx: TenantContext, last: str) -> None:
    """Every permutation of a message's statuses and our own write leaves the same row."""
    states = ("accepted", "sent", "delivered", last)
    expected = run(ctx, states)
    assert expected["state"] == max(states, key=RANKS.__getitem__)
    for order in itertools.permutations(states):
        assert run(ctx, order) == expected, order


def test_repetition_changes_nothing(ctx: TenantContext) -> None:
    """A status that comes three times, also out of turn, leaves the row of one that came once."""
    once = run(ctx, ("accepted", "sent", "delivered", "read"))
    again = ("sent", "sent", "read", "accepted", "delivered", "read", "sent", "delivered")
    assert run(ctx, again) == once


def test_earliest_time_of_a_state_is_kept(ctx: TenantContext) -> None:
    """Where Meta repeats a status with another time, the earlier time stands."""
    messages = Messages(ctx)
    for times in ((500, 700), (700, 500)):
        for at_ms in times:
            messages.raise_state(CONTACT, MESSAGE, "delivered", {"delivered_at": at_ms})
        assert messages.get(CONTACT, MESSAGE).delivered_at == 500
        MessageRow(messages.thread_key(CONTACT), MESSAGE).delete()


def test_transition_is_told_once(ctx: TenantContext) -> None:
    """Only the write that moved the row reports it, so that counters move once."""
    messages = Messages(ctx)
    steps = [messages.raise_state(CONTACT, MESSAGE, "delivered", {}) for _ in range(3)]
    assert [step is not None for step in steps] == [True, False, False]


def test_another_tenant_sees_nothing(ctx: TenantContext, other_ctx: TenantContext) -> None:
    """The same contact and message ids under another tenant are other rows."""
    Messages(ctx).raise_state(CONTACT, MESSAGE, "read", {})
    assert Messages(other_ctx).states([(CONTACT, MESSAGE)]) == {}
    assert Messages(other_ctx).thread(CONTACT, 10, None).items == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_price_and_times_in_any_order(ctx: TenantContext, order: tuple[int, ...]) -> None:
    """Each status keeps its own time, and the price is that of the furthest that brought one."""
    steps: list[tuple[str, dict[str, str | int]]] = [
        ("sent", {"sent_at": 1, "pricing": '{"type":"a"}', "category": "utility"}),
        ("delivered", {"delivered_at": 2, "pricing": '{"type":"b"}', "category": "marketing"}),
        ("read", {"read_at": 3}),
        ("sent", {"sent_at": 4, "pricing": '{"type":"a"}', "category": "utility"}),
    ]
    messages = Messages(ctx)
    for place in (*order, *order):
        messages.raise_state(CONTACT, MESSAGE, *steps[place])
    row = messages.get(CONTACT, MESSAGE)
    assert (row.state, row.sent_at, row.delivered_at, row.read_at) == ("read", 1, 2, 3)
    assert (row.pricing, row.category) == ('{"type":"b"}', "marketing")


def test_late_status_costs_two_writes_at_most(ctx: TenantContext) -> None:
    """A status that comes late adds its time and price in one write; again it adds none."""
    messages = Messages(ctx)
    calls: list[str] = []
    messages.raise_state(CONTACT, MESSAGE, "read", {"read_at": 3})
    client = aws_clients.client("dynamodb")

    def note(model: Any, **_: object) -> None:
        calls.append(model.name)

    client.meta.events.register("before-call.dynamodb", note)
    try:
        for wanted in (2, 1):
            calls.clear()
            messages.raise_state(CONTACT, MESSAGE, "sent", {"sent_at": 1, "pricing": "{}"})
            assert calls == ["UpdateItem"] * wanted
    finally:
        client.meta.events.unregister("before-call.dynamodb", note)
