"""Numbers and accounts as kept: routing keys, newest report wins, disconnecting, token state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st

from chalicelib.core import aws as cloud
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.services.number_token import note_token_refused, watching_token
from chalicelib.storage.accounts import AccountFields, Accounts, account_token, find_account
from chalicelib.storage.numbers import (
    Connection,
    NumberRow,
    Numbers,
    access_token,
    find_number,
    messages_per_s,
)
from chalicelib.whatsapp.errors import TokenRefused

WABA = "2000001"


def connection(ctx: TenantContext, phone_number_id: str = "3000001", **changes: Any) -> Connection:
    """Return a connection of a number; its token is `t-` and its id."""
    made = Connection(
        phone_number_id=phone_number_id,
        waba_id=WABA,
        display_phone_number="+1 555 010 0001",
        verified_name="Acme",
        quality_rating="GREEN",
        throughput_level="STANDARD",
        status="CONNECTED",
        token_ciphertext=cloud.encrypt(ctx.tenant_id, f"t-{phone_number_id}"),
    )
    return replace(made, **changes)


def test_first_number_brings_its_account(ctx: TenantContext) -> None:
    """The number, the account and both routing keys are written together; again renews fields."""
    fields = AccountFields(name="Acme", currency="EUR", business_id="4000001")
    row = Numbers(ctx).connect(connection(ctx), 5, fields)
    account = Accounts(ctx).get(WABA)
    assert (account.name, account.currency, account.business_id) == ("Acme", "EUR", "4000001")
    assert account.created_at == 5
    owner = find_account(WABA)
    assert owner is not None
    assert (owner.tenant_id, owner.entity_id) == (ctx.tenant_id, WABA)
    Accounts(ctx).note(account, "review", {"decision": "APPROVED"}, 6)
    again = Numbers(ctx).connect(connection(ctx), 9, AccountFields(name="Acme 2"))
    account = Accounts(ctx).get(WABA)
    assert (again.id, account.name, account.currency) == (row.id, "Acme 2", "EUR")
    assert (account.created_at, account.state) == (5, {"review": {"decision": "APPROVED"}})


def test_account_of_another_tenant(ctx: TenantContext, other_ctx: TenantContext) -> None:
    """A second number of an account goes to the tenant that has the account, and to nobody else."""
    Numbers(ctx).connect(connection(ctx), 1)
    with pytest.raises(Conflict) as caught:
        Numbers(other_ctx).connect(connection(other_ctx, "3000002"), 2)
    assert caught.value.code == "account_taken"
    with pytest.raises(Conflict):
        Accounts(other_ctx).claim(WABA, AccountFields(), 2)
    assert find_number("3000002") is None
    assert Numbers(other_ctx).page(10, None).items == []
    Numbers(ctx).connect(connection(ctx, "3000002"), 3)
    assert len(Numbers(ctx).of_account(WABA)) == 2


def test_disconnecting_leaves_history_and_frees_the_number(
    ctx: TenantContext, other_ctx: TenantContext
) -> None:
    """Keys and tokens go with the last number, the row stays; then anybody may connect it."""
    numbers = Numbers(ctx)
    token = cloud.encrypt(ctx.tenant_id, "business")
    first = numbers.connect(connection(ctx), 1, AccountFields(token_ciphertext=token))
    second = numbers.connect(connection(ctx, "3000002"), 2)
    assert not numbers.disconnect(first, 3, is_last=True)
    assert numbers.disconnect(first, 3, is_last=False)
    assert find_number("3000001") is None
    assert find_account(WABA) is not None
    assert account_token(Accounts(ctx).get(WABA)) == "business"
    assert not numbers.disconnect(second, 4, is_last=False)
    assert numbers.disconnect(second, 4, is_last=True)
    assert find_account(WABA) is None
    assert account_token(Accounts(ctx).get(WABA)) is None
    assert numbers.page(10, None).items == []
    assert Accounts(ctx).page(10, None).items == []
    left = numbers.get(first.id)
    assert (left.verified_name, left.status, left.disconnected_at) == ("Acme", "DISCONNECTED", 3)
    with pytest.raises(Conflict) as caught:
        access_token(left)
    assert caught.value.code == "number_disconnected"
    Numbers(other_ctx).connect(connection(other_ctx), 5)
    with pytest.raises(Conflict):
        numbers.connect(connection(ctx), 6)


def test_connected_again_goes_on_under_its_id(ctx: TenantContext) -> None:
    """A number that comes back to its tenant has its old id, so that its history is its own."""
    numbers = Numbers(ctx)
    row = numbers.connect(connection(ctx), 1)
    numbers.disconnect(row, 2, is_last=True)
    again = numbers.connect(connection(ctx), 3)
    assert (again.id, again.disconnected_at, again.connected_at) == (row.id, None, 3)
    assert access_token(again) == "t-3000001"
    assert Accounts(ctx).get(WABA).disconnected_at is None
    assert len(numbers.page(10, None).items) == 1


def test_number_that_comes_while_the_last_one_goes(
    ctx: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account's key never goes while a number of it is connected: the write checks it."""
    numbers = Numbers(ctx)
    row = numbers.connect(connection(ctx), 1)
    alone = numbers.of_account(WABA)
    numbers.connect(connection(ctx, "3000002"), 2)

    def late(_self: Numbers, _waba_id: str) -> list[NumberRow]:
        monkeypatch.undo()
        numbers.connect(connection(ctx, "3000003"), 2)
        return alone

    monkeypatch.setattr(Numbers, "of_account", late)
    assert not numbers.disconnect(row, 3, is_last=True)
    assert find_account(WABA) is not None
    assert find_number("3000001") is not None


@given(
    reports=st.lists(
        st.tuples(
            st.sampled_from(["status", "quality_rating", "messaging_limit"]), st.integers(2, 9)
        ),
        max_size=8,
        unique=True,
    ),
    data=st.data(),
)
@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_newest_report_wins_in_any_order(
    ctx: TenantContext, reports: list[tuple[str, int]], data: st.DataObject
) -> None:
    """Any order and repetition of reports ends in each field's newest value."""
    row = Numbers(ctx).connect(connection(ctx), 1)
    NumberRow(ctx.tenant_id, row.id).update(
        actions=[NumberRow.events_at.set({}), NumberRow.messaging_limit.remove()]
    )
    order = data.draw(st.permutations([*reports, *reports[:3]]))
    for name, at_ms in order:
        Numbers(ctx).note(row.id, {name: f"V{at_ms}"}, at_ms)
    found = Numbers(ctx).get(row.id)
    for name in {name for name, _ in reports}:
        assert getattr(found, name) == f"V{max(at for one, at in reports if one == name)}"


def test_report_of_nothing_known(ctx: TenantContext) -> None:
    """A field that is not one is a defect; a number that is gone is no error of a webhook."""
    row = Numbers(ctx).connect(connection(ctx), 1)
    with pytest.raises(ValueError, match="token_ciphertext"):
        Numbers(ctx).note(row.id, {"token_ciphertext": b""}, 2)
    assert not Numbers(ctx).note(f"num_{'0' * 26}", {"status": "BANNED"}, 2)
    assert Numbers(ctx).note(row.id, {"messaging_limit": "TIER_2K", "health": {"a": 1}}, 2)
    assert Numbers(ctx).note(row.id, {"messaging_limit": None}, 3)
    found = Numbers(ctx).get(row.id)
    assert (found.messaging_limit, found.health) == (None, {"a": 1})


def test_token_turns_red_once_and_green_when_renewed(ctx: TenantContext) -> None:
    """A dead token is noted once; a stale refusal does not touch the token that replaced it."""
    numbers = Numbers(ctx)
    row = numbers.connect(connection(ctx), 1)
    dead = TokenRefused("Session has expired", 190)

    def refused(number: NumberRow, error: TokenRefused) -> None:
        with pytest.raises(TokenRefused), watching_token(ctx, number):
            raise error

    refused(row, TokenRefused("(#10) no permission for this", 10))
    assert numbers.get(row.id).token_error is None
    refused(row, dead)
    assert numbers.get(row.id).token_error == "Session has expired"
    assert not note_token_refused(ctx, row.id, "Session has expired")
    renewed = numbers.connect(connection(ctx), 2)
    assert renewed.token_error is None
    refused(row, dead)
    assert numbers.get(row.id).token_error is None
    assert not note_token_refused(ctx, f"num_{'0' * 26}", "gone")


def test_pin_and_steps_are_kept(ctx: TenantContext, other_ctx: TenantContext) -> None:
    """Steps of the setup stand beside each other; another tenant sees none of it."""
    numbers = Numbers(ctx)
    row = numbers.connect(connection(ctx), 1)
    numbers.note_step(row.id, "subscribe", {"at": 1})
    found = numbers.note_step(row.id, "register", {"at": 2, "error": "x"})
    assert found.setup == {"subscribe": {"at": 1}, "register": {"at": 2, "error": "x"}}
    numbers.keep_pin(row.id, b"secret")
    assert numbers.get(row.id).pin_ciphertext == b"secret"
    numbers.keep_pin(row.id, None)
    assert numbers.get(row.id).pin_ciphertext is None
    with pytest.raises(NotFound):
        Numbers(other_ctx).note_step(row.id, "subscribe", {})


def test_one_asks_in_an_interval(ctx: TenantContext) -> None:
    """Of two that look at a number or account at once, one asks Meta; later the next may."""
    row = Numbers(ctx).connect(connection(ctx), 1_000)
    account = Accounts(ctx).get(WABA)
    assert not Numbers(ctx).claim_question(row, 30_000, 60_000)
    one, two = Numbers(ctx).get(row.id), Numbers(ctx).get(row.id)
    assert Numbers(ctx).claim_question(one, 61_001, 60_000)
    assert not Numbers(ctx).claim_question(two, 61_002, 60_000)
    assert Accounts(ctx).claim_question(account, 1, 60_000)
    assert not Accounts(ctx).claim_question(Accounts(ctx).get(WABA), 2, 60_000)


def test_coexistence_number_is_slow(ctx: TenantContext) -> None:
    """A number that stays on the WhatsApp Business app has 20 messages a second at any level."""
    row = Numbers(ctx).connect(connection(ctx, is_on_biz_app=True, throughput_level="HIGH"), 1)
    assert messages_per_s(row) == 20
