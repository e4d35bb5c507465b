"""The limits of a plan when many want the last room at the same moment, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import AppError, Unavailable
from chalicelib.core.ids import random_id
from chalicelib.storage.contacts import ContactDraft, ContactRow, Contacts
from chalicelib.storage.usage import CONTACTS, LimitReached, messages_today, take_messages, used

AT_ONCE = 8
pytestmark = pytest.mark.usefixtures("stage")


def at_once(work: Callable[[int], object]) -> list[object]:
    """Run `work` in threads that start together; return results, or errors of Parley's."""
    gate = Barrier(AT_ONCE)

    def run(number: int) -> object:
        gate.wait(timeout=10)
        try:
            return work(number)
        except AppError as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


@pytest.fixture
def ctx() -> TenantContext:
    """Give a business of this test's own."""
    return TenantContext(random_id("ten"), random_id("usr"), "owner", "req_test")


def test_contacts_fill_the_limit_exactly(ctx: TenantContext) -> None:
    """Of eight that come at once five get in; those that leave at once make room for as many."""

    def create(number: int) -> str:
        draft = ContactDraft(phone=f"+1415555{number:04d}")
        return Contacts(ctx).create(draft, 1, 5).id

    found = at_once(create)
    made = [one for one in found if isinstance(one, str)]
    assert {type(one) for one in found} <= {str, LimitReached}
    assert len(made) == ContactRow.count(ctx.tenant_id) == used(ctx.tenant_id, CONTACTS) == 5

    def leave(number: int) -> None:
        if number < len(made):
            Contacts(ctx).delete(made[number])

    assert not [one for one in at_once(leave) if isinstance(one, Unavailable)]
    assert ContactRow.count(ctx.tenant_id) == used(ctx.tenant_id, CONTACTS) == 0


def test_messages_fill_the_day_exactly(ctx: TenantContext) -> None:
    """Senders at once take all of the day's messages, the last of them in part, and no more."""
    now_ms = 1_790_000_000_000
    taken = at_once(lambda _number: take_messages(ctx.tenant_id, 7, 50, now_ms))
    assert sum(one for one in taken if isinstance(one, int)) == 50
    assert messages_today(ctx.tenant_id, now_ms) == 50
    assert take_messages(ctx.tenant_id, 1, 50, now_ms) == 0
