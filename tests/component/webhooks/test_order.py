"""All samples together, in any order and repeated, end in the same state."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from chalicelib.storage.accounts import AccountRow
from chalicelib.storage.contacts import ContactRow
from chalicelib.storage.conversation_row import ConversationRow
from chalicelib.storage.identities import IdentityRow
from chalicelib.storage.messages import MessageRow
from chalicelib.storage.numbers import NumberRow
from chalicelib.storage.templates import TemplateRow
from tests.component.webhooks.conftest import Site, statuses_of
from tests.component.webhooks.expected import SAMPLE

# A user id that is replaced in the middle of it all gives the phone of late messages to nobody, on
# purpose: see test_people. The 250 say nothing that five do not.
_LEFT_OUT = {"in_system_user_changed_user_id_no_phone", "statuses_batch_250"}
# Whose name comes first is kept, and when somebody was last seen is kept to the minute; what is
# shown last is the same only within a second of Meta's.
_IN_PASSING = {
    *("contact_username", "contact_bsuid"),
    *("name", "name_key", "contact_name", "version", "updated_at", "created_at", "id"),
    *("contact_id", "contact_key", "tenant_id", "state_key", "unread", "last_message"),
    *(
        "last_direction",
        "number_id",
        "seen_at",
        "last_seen_at",
        "asked_at",
        "connected_at",
        "next_slot_ms",
    ),
}


def _with_own_times() -> list[Any]:
    """Return the samples as in life: reports at times, statuses of messages of their own."""
    found = []
    for place, (stem, payload) in enumerate(sorted(SAMPLE.items())):
        if stem in _LEFT_OUT:
            continue
        mine = copy.deepcopy(payload)
        for entry in mine["entry"]:
            if "time" in entry:
                entry["time"] += place
        for status in statuses_of(mine):
            status["id"] += str(place)
        found.append(mine)
    return found


def _state(people: dict[str, str]) -> dict[str, list[str]]:
    """Return everything that is stored, under names that do not change from run to run."""

    def plain(row: Any) -> str:
        values = {
            name: value
            for name, value in row.attribute_values.items()
            if name not in _IN_PASSING and value not in (None, [], {})
        }
        # Of two messages that could not reach a person either may be the first; that both are known
        # is what counts.
        values |= dict.fromkeys(values.keys() & {"undeliverable_at", "unreached_wamid"}, "set")
        owner = people.get(str(getattr(row, "contact_key", "")).rpartition("#")[2], "")
        return f"{owner} {json.dumps(values, sort_keys=True, default=str)}"

    tables = (ContactRow, ConversationRow, MessageRow, AccountRow, NumberRow, TemplateRow)
    return {model.Meta.table_name: sorted(plain(row) for row in model.scan()) for model in tables}


def _run(site: Site, seed: int | None) -> dict[str, list[str]]:
    payloads = [site.ours(payload) for payload in _with_own_times()]
    if seed is not None:
        chance = random.Random(seed)
        payloads += [copy.deepcopy(one) for one in chance.sample(payloads, 30)]
        chance.shuffle(payloads)
    for payload in payloads:
        site.deliver(payload)
    people = {row.id: row.phone or row.bsuid or "" for row in ContactRow.scan()}
    return _state(people)


def _forget() -> None:
    for model in (ContactRow, ConversationRow, MessageRow, AccountRow, NumberRow, TemplateRow):
        for row in model.scan():
            row.delete()


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_ends_the_same(site: Site, seed: int, clock: object) -> None:
    """Every sample, some of them twice, shuffled: contacts, threads, account, number and templates
    agree.
    """
    before = [*ContactRow.scan(), *AccountRow.scan(), *NumberRow.scan(), *TemplateRow.scan()]
    in_order = _run(site, None)
    _forget()
    for row in before:
        row.save()
    for identity in IdentityRow.scan():
        if identity.contact_id != site.contact.id:
            identity.delete()
    shuffled = _run(site, seed)
    for name, rows in in_order.items():
        missing, extra = set(rows) - set(shuffled[name]), set(shuffled[name]) - set(rows)
        assert (sorted(missing), sorted(extra)) == ([], []), name
