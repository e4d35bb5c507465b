"""What a delivery should have done, as checks of what is stored: the words of test_effects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from chalicelib.core import aws as aws_clients
from chalicelib.core.config import settings
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.conversations import Conversations
from tests.component.webhooks.conftest import ANA, ANA_ID, PAYLOADS, Site, sample, statuses_of, take

Effect = Callable[[Site], None]


def inbox(kind: str, text: str, **content: Any) -> Effect:
    """Expect one unread message of a type in the customer's thread, which opens the window."""

    def check(site: Site) -> None:
        row = site.message()
        assert (row.direction, row.type, row.text) == ("in", kind, text)
        said = json.loads(row.content or "{}")
        assert {name: said.get(name) for name in content} == content
        conversation = Conversations(site.ctx).get(site.ana().id)
        assert (conversation.unread, conversation.last_message) == (1, text[:120])
        assert conversation.last_inbound_at == row.at
        assert site.ana().last_seen_at == row.at

    return check


def file(kind: str, text: str, **media: Any) -> Effect:
    """Expect a message with a file, which is waiting to be fetched."""

    def check(site: Site) -> None:
        inbox(kind, text)(site)
        found = json.loads(site.message().media or "{}")
        assert {name: found.get(name) for name in media} == media
        assert found["state"] == "pending"
        asked = [json.loads(one["body"]) for one in take("media")]
        assert {one["message_id"] for one in asked} == {site.message().id}
        assert asked[0]["media"]["id"] == found["id"]

    return check


def quoting(effect: Effect, wamid: str) -> Effect:
    """Expect also that the message names the one that it answers."""

    def check(site: Site) -> None:
        effect(site)
        assert site.message().context_wamid == wamid

    return check


def state(
    stem: str,
    wanted: str,
    *,
    code: int | None = None,
    category: str | None = None,
    error: str | None = None,
    **contact: Any,
) -> Effect:
    """Expect the row of the message in a state, with its time, price and error."""

    def check(site: Site) -> None:
        (wamid,) = {status["id"] for status in statuses_of(SAMPLE[stem])}
        row = site.sent(wamid)
        assert (row.state, row.error_code, row.wamid) == (wanted, code, wamid)
        assert (row.category, row.pricing is None) == (category, category is None)
        assert getattr(row, f"{wanted}_at") is not None
        assert error is None or row.error == error
        found = Contacts(site.ctx).get(site.contact.id)
        assert {name: getattr(found, name) for name in contact} == contact

    return check


def account(matter: str, part: str | None = None, **value: Any) -> Effect:
    """Expect a matter of the account, visible to its tenant."""

    def check(site: Site) -> None:
        found = site.account().state[matter]
        found = found if part is None else found[part]
        assert {name: found.get(name) for name in value} == value

    return check


def number(**fields: Any) -> Effect:
    """Expect fields of the number."""

    def check(site: Site) -> None:
        row = site.numbers()
        assert {name: getattr(row, name) for name in fields} == fields

    return check


def template(number_of: int = 1, **fields: Any) -> Effect:
    """Expect fields of a template of the samples."""

    def check(site: Site) -> None:
        row = site.template(number_of)
        assert {name: getattr(row, name) for name in fields} == fields

    return check


def both(*effects: Effect) -> Effect:
    """Expect several things."""

    def check(site: Site) -> None:
        for effect in effects:
            effect(site)

    return check


def kept(field: str, kind: str) -> Effect:
    """Expect that an item nothing acts upon is kept for an operator, and nothing else happens."""

    def check(site: Site) -> None:
        (found,) = unhandled()
        assert (found["field"], found["kind"]) == (field, kind)
        nothing(site)

    return check


def nothing(site: Site) -> None:
    """Expect that nobody and nothing was written."""
    assert Contacts(site.ctx).find(ANA, ANA_ID) == (None, None)
    assert Conversations(site.ctx).page("open", 10, None).items == []
    assert (site.account().state, site.numbers().status) == ({}, "CONNECTED")


def unhandled() -> list[dict[str, Any]]:
    """Return the items that lie in the bucket for an operator."""
    s3, bucket = aws_clients.client("s3"), settings().bucket
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="webhooks/unhandled/")
    return [
        json.loads(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read())
        for one in listed.get("Contents", [])
    ]


def hidden(site: Site) -> None:
    """Expect a person without a phone, whose username is known."""
    ana = site.ana()
    assert (ana.bsuid, ana.username) == (ANA_ID, "ana.example")


def stopped(at_ms: int, phone: str | None) -> Effect:
    """Expect that the customer has stopped marketing."""

    def check(site: Site) -> None:
        ana = site.ana()
        assert (ana.marketing_opted_out_at, ana.opted_out_at) == (at_ms, None)
        assert (ana.phone, ana.bsuid) == (phone, ANA_ID)

    return check


def shared_phone(site: Site) -> None:
    """Expect that the phone which the customer gave on request is theirs."""
    assert (site.ana().phone, site.ana().bsuid) == (ANA, ANA_ID)


def with_parent(site: Site) -> None:
    """Expect the user id of the linked portfolios."""
    assert site.ana().parent_bsuid == "US.ENT.91815799212886844830"


def renamed(site: Site) -> None:
    """Expect that the customer goes on under the new user id, and is found by the old one."""
    contacts = Contacts(site.ctx)
    _, by_old = contacts.find(None, ANA_ID)
    _, by_new = contacts.find(None, "US.71491208655302749998")
    assert by_old == by_new is not None
    row = contacts.get(by_old or "")
    assert (row.bsuid, row.previous_bsuids) == ("US.71491208655302749998", [ANA_ID])
    assert Conversations(site.ctx).get(row.id).last_inbound_at is None
    assert site.thread(row.id)[0].type == "system"


def changed_message(kind: str, about: str, text: str) -> Effect:
    """Expect a change whose message is not there to stand in the thread by itself."""

    def check(site: Site) -> None:
        row = site.message()
        assert (row.type, row.context_wamid, row.text) == (kind, about, text)

    return check


def called(site: Site) -> None:
    """Expect a call that opens the window, without the caller's network address."""
    inbox("call", "[call]", event="connect", direction="USER_INITIATED")(site)
    assert "sdp" not in (site.message().content or "")


def history(site: Site) -> None:
    """Expect both sides of the old thread, nothing unread, and the progress of the copy."""
    rows = site.thread()
    assert [(row.direction, row.text, row.state) for row in rows] == [
        ("in", "[media placeholder]", None),
        ("out", "old outbound", "delivered"),
        ("in", "old inbound", None),
    ]
    conversation = Conversations(site.ctx).get(site.ana().id)
    assert (conversation.state, conversation.unread) == ("resolved", 0)
    assert site.account().state["history"]["300000000000001"] == {"phase": 0, "progress": 55}


def echoed(site: Site) -> None:
    """Expect what the owner typed on the phone, as sent by the app, with nothing unread."""
    row = site.message()
    assert (row.direction, row.sent_by, row.state) == ("out", "app", "sent")
    assert row.text == "Typed on the phone by the owner"
    conversation = Conversations(site.ctx).get(site.ana().id)
    assert (conversation.unread, conversation.last_direction) == (0, "out")
    assert conversation.last_inbound_at is None


def address_book(site: Site) -> None:
    """Expect the added contact; the removed one was nobody here and is not made."""
    assert (site.ana().phone, site.ana().name) == (ANA, "Ana Example")
    assert Contacts(site.ctx).find("+5511955501234", None) == (None, None)


def all_250(site: Site) -> None:
    """Expect every one of the batch in its row."""
    for status in statuses_of(SAMPLE["statuses_batch_250"]):
        assert site.sent(status["id"]).state == status["status"]


def five(site: Site) -> None:
    """Expect each of five recipients' messages in its own state."""
    wanted = list(statuses_of(SAMPLE["statuses_five_recipients_mixed"]))
    found = [site.sent(status["id"]) for status in wanted]
    assert [row.state for row in found] == [status["status"] for status in wanted]
    assert Contacts(site.ctx).get(site.contact.id).cooling_until == 1_794_700_693_000 + 86_400_000


def two_statuses(site: Site) -> None:
    """Expect the further of two statuses, with the times of both."""
    (wamid,) = {status["id"] for status in statuses_of(SAMPLE["batch_same_waba_in_two_entries"])}
    row = site.sent(wamid)
    assert (row.state, row.sent_at, row.delivered_at) == (
        "delivered",
        1_794_700_735_000,
        1_794_700_742_000,
    )


def mixed(site: Site) -> None:
    """Expect both the status and the message of one value."""
    inbox("text", "same value object")(site)
    (status,) = statuses_of(SAMPLE["batch_messages_and_statuses_in_one_value"])
    assert site.sent(status["id"]).state == "read"


OUT = "wamid.HRhvdXQtMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"
TEXT = "wamid.HRh0ZXh0MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"
IMAGE = "wamid.HRhpbWFnZTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"
ECHO = "wamid.HRhlY2hvMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"
SAMPLE = {
    path.stem: sample(path.stem)
    for path in sorted(PAYLOADS.glob("*.json"))
    if not path.name.startswith("_") and ".wire" not in path.name
}


def words(stem: str) -> str:
    """Return the body of a sample's text."""
    value = SAMPLE[stem]["entry"][0]["changes"][0]["value"]
    return str(value["messages"][0]["text"]["body"])
