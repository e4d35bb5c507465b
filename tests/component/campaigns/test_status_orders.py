"""A message's statuses in any order and number: row, counters and price end the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib.core import aws as aws_clients
from chalicelib.core.context import TenantContext
from chalicelib.core.ids import random_id
from chalicelib.services import statuses
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.services.campaigns import ledger
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.daily_stats import DailyStatRow
from chalicelib.storage.messages import MessageRow, Messages, Transition
from chalicelib.storage.numbers import Connection, Numbers
from chalicelib.storage.outgoing import NewRow, record_together
from chalicelib.whatsapp.events import Status

PHONE_NUMBER_ID = "300000000000001"
AT_MS = 1_794_700_000_000
# Our own writes: of Meta's answer, of one that stayed away, and for a sender that died.
OWN = ("accepted", "held", "no answer", "died")
CODES = (131049, 131026, 131053)
Own = Literal["accepted", "held", "no answer", "died"]
Said = Status | Own
PRICES = (
    {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"},
    {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"},
    {"billable": False, "pricing_model": "PMP", "type": "free_entry_point", "category": "service"},
)


def event(state: str, at_s: int, price: dict[str, Any] | None, code: int) -> Status:
    """Return a status as Meta's webhook reports it."""
    is_failed = state == "failed"
    return Status(
        phone_number_id=PHONE_NUMBER_ID,
        message_id="wamid.1",
        status=state,
        at_ms=AT_MS + at_s * 1000,
        recipient_id="14155550100",
        recipient_user_id=None,
        callback_data=None,
        error_code=code if is_failed else None,
        error_title="It failed" if is_failed else None,
        error_details=None,
        pricing=None if is_failed else price,
    )


@st.composite
def reports(draw: st.DrawFn) -> tuple[list[Said], list[list[Said]]]:
    """Draw what is written of one message, and how it comes: in any order, some of it again, in
    deliveries of one or several. A state may be told with several times; its one price may be
    missing in any status. Our own writes are of one sender, maybe after another one that died.
    """
    price, code = draw(st.sampled_from(PRICES)), draw(st.sampled_from(CODES))
    told = st.sampled_from(["sent", "delivered", "read", "failed"])
    states = draw(st.lists(told, min_size=1, max_size=6))
    said: list[Said] = [
        event(
            state,
            draw(st.integers(0, 90)),
            draw(st.sampled_from([price, None])),
            code,
        )
        for state in states
    ]
    own: list[Own] = draw(
        st.sampled_from(
            [[], ["died"], *([one] for one in OWN[:3]), *(["died", one] for one in OWN[:2])]
        )
    )
    said += own
    again = draw(st.lists(st.sampled_from(said), max_size=4))
    order = draw(st.permutations([*said, *again]))
    cuts = draw(st.lists(st.integers(0, len(order)), max_size=3).map(sorted))
    parts = [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return said, [part for part in parts if part]


def in_order(said: Sequence[Said]) -> list[list[Said]]:
    """Return the same as Meta means it: our own writes, then each state once, one by one."""
    order = ("sent", "delivered", "read", "failed")
    own: list[list[Said]] = [[one] for one in said if isinstance(one, str)]
    rest = sorted(
        (one for one in said if isinstance(one, Status)), key=lambda one: order.index(one.status)
    )
    # What was delivered did not fail; a failure is told before it turns out not to be one.
    rest.sort(key=lambda one: one.status != "failed")
    each: list[list[Said]] = [[one] for one in rest]
    return [*own, *each]


def end_of(ctx: TenantContext, parts: Sequence[Sequence[Said]]) -> dict[str, Any]:
    """Write it all of a new message; return its row, its counters and what it was charged."""
    key = MessageKey(ctx.tenant_id, random_id("con"), random_id("msg"), random_id("cmp"))
    assert key.campaign_id is not None
    before = charged(ctx)
    for part in parts:
        for one in part:
            if isinstance(one, str):
                _record_own(ctx, key, one)
        given_key = {"callback_data": encode_callback(key)}
        statuses.apply([_with(one, given_key) for one in part if isinstance(one, Status)])
    row = MessageRow.get(Messages(ctx).thread_key(key.contact_id), key.message_id).attribute_values
    counters = Counter(Campaigns(ctx).counters(key.campaign_id))
    return {
        "row": {n: v for n, v in row.items() if n not in {"contact_key", "id", "campaign_id"}},
        "counters": {name: count for name, count in counters.items() if count},
        "charged": charged(ctx) - before,
    }


def _with(one: Status, members: dict[str, Any]) -> Status:
    return Status(**{name: getattr(one, name) for name in Status.__slots__} | members)


def _record_own(ctx: TenantContext, key: MessageKey, own: Own) -> None:
    fields: dict[str, str | int] = {
        "direction": "out",
        "type": "template",
        "to": "+14155550100",
        "campaign_id": key.campaign_id or "",
    }
    transition: Transition | None
    if own == "died":
        transition = Messages(ctx).record_outgoing(
            key.contact_id, key.message_id, "unknown", fields
        )
    else:
        fields |= {"text": "Hello", "at": AT_MS}
        if own == "no answer":
            fields["error"] = "no answer from WhatsApp: TimeoutError"
        else:
            fields |= {"wamid": "wamid.1", "accepted_at": AT_MS}
        state = "unknown" if own == "no answer" else own
        rows = [NewRow(key.contact_id, key.message_id, state, fields)]
        (transition,) = record_together(ctx, rows)
    Campaigns(ctx).count(key.campaign_id or "", ledger.deltas(transition))


def charged(ctx: TenantContext) -> Counter[str]:
    """Return how many messages were counted as due, by kind, over all days."""
    total: Counter[str] = Counter()
    client = aws_clients.client("dynamodb")
    for item in client.scan(TableName=DailyStatRow.Meta.table_name)["Items"]:
        for name, value in item.items():
            if "N" in value:
                total[name] += int(value["N"])
    return total


@pytest.fixture
def sender(ctx: TenantContext) -> TenantContext:
    """Give a tenant with the number that the statuses are of."""
    Numbers(ctx).connect(
        Connection(
            phone_number_id=PHONE_NUMBER_ID,
            waba_id="200000000000001",
            display_phone_number="+1 555 010 0001",
            verified_name="Acme",
            quality_rating="GREEN",
            throughput_level="STANDARD",
            status="CONNECTED",
            token_ciphertext=b"x",
        ),
        1,
    )
    return ctx


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(reports())
def test_statuses_in_any_order_end_the_same(
    sender: TenantContext, drawn: tuple[list[Said], list[list[Said]]]
) -> None:
    """Any permutation and repetition, in any deliveries, with our own writes anywhere in it, ends
    in the same row to the last field, the same counters, and the same price, which is counted once;
    and each state has the first of its times.
    """
    said, parts = drawn
    expected = end_of(sender, in_order(said))
    assert end_of(sender, parts) == expected
    told = [one for one in said if isinstance(one, Status)]
    for state in {one.status for one in told}:
        first_ms = min(one.at_ms for one in told if one.status == state)
        assert expected["row"][f"{state}_at"] == first_ms
    states = {name: n for name, n in expected["counters"].items() if "#" not in name}
    assert list(states.values()) == [1], json.dumps(states)
