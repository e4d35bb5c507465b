"""Customers' files: fetched from the sandbox, checked, kept in moto's S3, shown to their tenant."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from chalicelib.core import aws as aws_clients
from chalicelib.core.context import TenantContext
from chalicelib.handlers import webhook
from chalicelib.handlers.queues import inbound
from chalicelib.services import media_inbound
from chalicelib.storage.contact_row import ContactRow
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.message_media import read_message, set_message_media
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.objects import Objects
from chalicelib.whatsapp.errors import Unreachable
from sandbox.control.inbound import read_person_message
from tests.component.api_client import ApiClient
from tests.component.conftest import NOON_MS, SettableClock
from tests.component.graph.media_files import (
    PDF,
    Inbox,
    announced,
    at_meta,
    browser_get,
    jpeg,
    keys,
    webp,
    work,
)
from tests.component.graph.server import GraphServer
from tests.component.webhooks.conftest import signed, take


@pytest.fixture
def inbox(ctx: TenantContext, number_id: str) -> Inbox:
    """Give a customer who writes to the connected number."""
    return Inbox(ctx, number_id)


def path(inbox: Inbox, message_id: str) -> str:
    """Return the route of a message's file."""
    return f"/api/conversations/{inbox.contact.id}/messages/{message_id}/media"


def test_an_image_is_kept_and_shown(graph: GraphServer, inbox: Inbox, api: ApiClient) -> None:
    """From webhook to browser: the same bytes, a thumbnail, addresses that name type and name."""
    body = jpeg()
    message_id = inbox.send("image", announced(graph, body, "image/jpeg", caption="Look"))
    waiting = api.get(path(inbox, message_id)).body
    assert (waiting["state"], waiting["url"]) == ("pending", None)
    assert work() == [True]
    media = inbox.media(message_id)
    assert (media["state"], media["caption"], media["size_bytes"]) == ("stored", "Look", len(body))
    assert Objects(inbox.ctx).get("media", media["key"]) == body
    assert keys() == [f"media/in/{message_id}", f"media/in/{message_id}.thumbnail"]
    shown = api.get(path(inbox, message_id)).body
    assert (shown["state"], shown["mime_type"], shown["reason"]) == ("stored", "image/jpeg", None)
    assert shown["url_expires_at"] == "2026-11-23T12:15:00.000Z"
    full, headers = browser_get(shown["url"])
    assert full == body
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-disposition"].startswith(f'inline; filename="{message_id}.jpg"')
    small, headers = browser_get(shown["thumbnail_url"])
    assert headers["content-type"] == "image/webp"
    assert small[8:12] == b"WEBP"


def test_a_document_is_saved_under_its_name(
    graph: GraphServer, inbox: Inbox, api: ApiClient
) -> None:
    """A document keeps its name; HTML in it is saved to disk as bytes, never shown by a browser."""
    contract = announced(graph, PDF, "application/pdf", filename="Contrato nº 5.pdf")
    first = inbox.send("document", contract)
    page = announced(graph, b"<html><script>", "text/plain", filename="page.html")
    second = inbox.send("document", page)
    assert work() == [True, True]
    _, pdf = browser_get(api.get(path(inbox, first)).body["url"])
    _, html = browser_get(api.get(path(inbox, second)).body["url"])
    assert "filename*=UTF-8''Contrato%20n%C2%BA%205.pdf" in pdf["content-disposition"]
    assert html["content-type"] == "application/octet-stream"
    assert html["content-disposition"].startswith("attachment; ")


def test_voice_and_sticker(graph: GraphServer, inbox: Inbox) -> None:
    """A voice note has no thumbnail, a sticker has; their marks stay."""
    voice = b"OggS\x00\x02" + bytes(22) + b"OpusHead\x01\x01" + bytes(100)
    audio = inbox.send("audio", announced(graph, voice, "audio/ogg; codecs=opus", voice=True))
    sticker = inbox.send("sticker", announced(graph, webp(), "image/webp", animated=False))
    assert work() == [True, True]
    assert inbox.media(audio)["voice"] is True
    assert "thumbnail_key" not in inbox.media(audio)
    assert inbox.media(sticker)["thumbnail_key"]


def test_twice_is_once(graph: GraphServer, inbox: Inbox) -> None:
    """Asked for twice and delivered again: the second does not even ask Meta."""
    media = announced(graph, jpeg(), "image/jpeg")
    message_id = inbox.send("image", media)
    inbox.ask(message_id, media)
    graph.simulation.world.media.clear()
    assert work() == [True, True]
    assert inbox.media(message_id)["state"] == "expired"
    media = announced(graph, jpeg(), "image/jpeg")
    message_id = inbox.send("image", media)
    assert work() == [True]
    graph.simulation.world.media.clear()
    inbox.ask(message_id, media)
    assert work() == [True]
    assert inbox.media(message_id)["state"] == "stored"


def test_a_message_that_is_not_there_yet(graph: GraphServer, inbox: Inbox) -> None:
    """A download that comes before its message goes back to the queue, and nothing is written."""
    media = announced(graph, jpeg(), "image/jpeg")
    inbox.ask("msg_00000000000000000000000000", media)
    assert work() == [False]
    assert keys() == []


@pytest.mark.parametrize(
    ("kind", "mime_type", "body", "words"),
    [
        ("image", "image/jpeg", b"<!DOCTYPE html><script>alert(1)</script>", "said to be image/jp"),
        ("image", "image/png", jpeg(), "said to be image/png"),
        ("document", "application/pdf", b"MZ\x90\x00" + bytes(500), "program"),
        ("video", "video/mp4", PDF, "said to be video/mp4"),
        ("image", "image/jpeg", b"\xff\xd8\xff\xe0 but no more", None),
    ],
)
def test_what_is_not_what_it_is_said_to_be(
    graph: GraphServer,
    inbox: Inbox,
    api: ApiClient,
    kind: str,
    mime_type: str,
    body: bytes,
    words: str | None,
) -> None:
    """HTML as an image, a program as a PDF, one type as another: refused, with the reason, and not
    kept; an image that is merely damaged is kept, without a picture, to be saved only.
    """
    message_id = inbox.send(kind, announced(graph, body, mime_type))
    assert work() == [True]
    shown = api.get(path(inbox, message_id)).body
    if words is None:
        assert (shown["state"], shown["thumbnail_url"]) == ("stored", None)
        _, headers = browser_get(shown["url"])
        assert headers["content-disposition"].startswith("attachment")
        return
    assert (shown["state"], shown["url"]) == ("refused", None)
    assert words in shown["reason"]
    assert keys() == []


def test_wrong_checksum(graph: GraphServer, inbox: Inbox) -> None:
    """Bytes that are not those that the webhook announced are not kept."""
    media = announced(graph, PDF, "application/pdf") | {
        "sha256": "E51US4IbE+vqFPGw/hhXciLkFcKWbjo1"  # pragma: allowlist secret
    }
    good = inbox.send("document", media)  # no checksum at all is no mismatch
    other = announced(graph, PDF + b"1", "application/pdf")["sha256"]
    bad = inbox.send("document", media | {"sha256": other})
    assert work() == [True, True]
    assert inbox.media(good)["state"] == "stored"
    assert inbox.media(bad)["state"] == "failed"
    assert "checksum" in inbox.media(bad)["reason"]
    assert keys() == [f"media/in/{good}"]


def test_too_large(graph: GraphServer, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the cap is not fetched, and its message says so."""
    monkeypatch.setattr(media_inbound, "MAX_INBOUND_BYTES", 1024 * 1024)
    media = announced(graph, b"x" * (1024 * 1024 + 1), "text/plain")
    message_id = inbox.send("document", media)
    assert work() == [True]
    assert inbox.media(message_id)["state"] == "refused"
    assert "more than 1 MB" in inbox.media(message_id)["reason"]


def test_gone_at_meta(graph: GraphServer, inbox: Inbox, api: ApiClient) -> None:
    """What Meta no longer has is expired, for good: asking again is a Conflict."""
    message_id = inbox.send("image", {"id": "600000000000002", "mime_type": "image/png"})
    assert work() == [True]
    assert api.get(path(inbox, message_id)).body["state"] == "expired"
    again = api.post(path(inbox, message_id))
    assert (again.status, again.body["code"]) == (409, "media_settled")


def test_media_that_whatsapp_could_not_take_over(inbox: Inbox) -> None:
    """A message whose file WhatsApp itself did not get (131052) has no id: failed, with advice."""
    message_id = inbox.send("image", {"mime_type": "image/jpeg"})
    assert work() == [True]
    assert inbox.media(message_id)["state"] == "failed"
    assert "131052" in inbox.media(message_id)["reason"]


def test_dead_token_and_fetching_again(graph: GraphServer, inbox: Inbox, api: ApiClient) -> None:
    """A refused token turns the number red and the file failed; with a new one it is fetched."""
    good = Numbers(inbox.ctx).get(inbox.number_id)
    dead = aws_clients.encrypt(inbox.ctx.tenant_id, "EAA-dead")
    good.update(actions=[NumberRow.token_ciphertext.set(dead)])
    body = jpeg()
    message_id = inbox.send("image", announced(graph, body, "image/jpeg"))
    assert work() == [True]
    shown = api.get(path(inbox, message_id)).body
    assert shown["state"] == "failed"
    assert "Connect the number again" in shown["reason"]
    assert Numbers(inbox.ctx).get(inbox.number_id).token_error
    alive = aws_clients.encrypt(inbox.ctx.tenant_id, graph.fixture.access_token)
    good.update(actions=[NumberRow.token_ciphertext.set(alive)])
    again = api.post(path(inbox, message_id))
    assert (again.status, again.body["state"], again.body["reason"]) == (202, "pending", None)
    assert work() == [True]
    shown = api.get(path(inbox, message_id)).body
    assert (shown["state"], shown["size_bytes"], shown["reason"]) == ("stored", len(body), None)


def test_outage_goes_back_to_the_queue(
    graph: GraphServer, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While Meta cannot be reached the message stays on the queue and pending."""
    media = announced(graph, jpeg(), "image/jpeg")
    message_id = inbox.send("image", media)

    def down(*_args: object) -> Any:
        raise Unreachable("no connection")

    monkeypatch.setattr(media_inbound, "_download", down)
    assert work() == [False]
    assert inbox.media(message_id)["state"] == "pending"
    monkeypatch.undo()


def test_number_that_was_disconnected(graph: GraphServer, inbox: Inbox) -> None:
    """A file of a number that is gone is failed, not tried for ever."""
    message_id = inbox.send("image", announced(graph, jpeg(), "image/jpeg"))
    Numbers(inbox.ctx).get(inbox.number_id).delete()
    assert work() == [True]
    assert "not connected" in inbox.media(message_id)["reason"]


def test_death_before_the_message_is_written(
    graph: GraphServer, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies after storing leaves a pending message; the next one ends the same."""
    message_id = inbox.send("image", announced(graph, jpeg(), "image/jpeg"), is_asked=False)
    media = inbox.media(message_id)
    inbox.ask(message_id, media)
    with monkeypatch.context() as dying:
        dying.setattr(media_inbound, "note", _die)
        assert work() == [False]
    before = keys()
    inbox.ask(message_id, media)
    assert work() == [True]
    assert keys() == before
    assert inbox.media(message_id)["state"] == "stored"


def _die(*_args: object) -> None:
    message = "killed"
    raise RuntimeError(message)


def test_an_edit_meanwhile_is_kept(
    graph: GraphServer, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caption that is edited while the file is fetched stays edited."""
    message_id = inbox.send("image", announced(graph, jpeg(), "image/jpeg", caption="Old"))
    written = set_message_media
    turns: list[str | None] = []

    def interrupted(
        ctx: TenantContext, contact_id: str, message_id: str, before: str | None, after: str
    ) -> bool:
        turns.append(before)
        if len(turns) == 1:
            edited = json.loads(before or "{}") | {"caption": "New"}
            assert written(ctx, contact_id, message_id, before, json.dumps(edited))
        return written(ctx, contact_id, message_id, before, after)

    monkeypatch.setattr(media_inbound, "set_message_media", interrupted)
    assert work() == [True]
    assert len(turns) == 2
    media = inbox.media(message_id)
    assert (media["state"], media["caption"]) == ("stored", "New")


def test_days_in_the_bucket_are_over(graph: GraphServer, inbox: Inbox, api: ApiClient) -> None:
    """A file that the bucket's lifecycle has deleted is shown as expired, not as a broken link."""
    message_id = inbox.send("image", announced(graph, jpeg(), "image/jpeg"))
    assert work() == [True]
    Objects(inbox.ctx).delete("media", inbox.media(message_id)["key"])
    shown = api.get(path(inbox, message_id)).body
    assert (shown["state"], shown["url"]) == ("expired", None)


def test_messages_without_files(inbox: Inbox, api: ApiClient, other_ctx: TenantContext) -> None:
    """No message, no file, or another tenant's: 404."""
    message_id = inbox.send("image", {"id": "1"}, is_asked=False)
    assert api.get(path(inbox, "msg_00000000000000000000000000")).status == 404
    assert api.acting_as(other_ctx).get(path(inbox, message_id)).status == 404
    row = read_message(inbox.ctx, inbox.contact.id, message_id)
    assert set_message_media(inbox.ctx, inbox.contact.id, message_id, row.media, "{}")
    assert api.get(path(inbox, message_id)).status == 404
    assert api.post(path(inbox, message_id)).status == 404


def test_only_metas_id_of_the_right_number(
    graph: GraphServer, inbox: Inbox, clock: SettableClock
) -> None:
    """A file at Meta that belongs to another number is not given to this one."""
    assert clock.now_ms() == NOON_MS
    media_id = at_meta(graph, PDF, "application/pdf")
    graph.simulation.world.media[media_id].phone_number_id = "300000000000099"
    graph.simulation.world.numbers["300000000000099"] = graph.simulation.world.numbers[
        graph.fixture.phone_number_id
    ]
    message_id = inbox.send("document", {"id": media_id, "mime_type": "application/pdf"})
    assert work() == [True]
    assert inbox.media(message_id)["state"] == "expired"


@pytest.mark.parametrize("kind", ["image", "sticker", "document", "audio", "video"])
def test_from_a_persons_phone_to_the_inbox(
    graph: GraphServer, number_id: str, api: ApiClient, clock: SettableClock, kind: str
) -> None:
    """A file that a person sends in the sandbox goes through webhook, inbox and media queue, and an
    agent gets it with a signed address; delivered twice it is one message and one file.
    """
    person = {"phone_number_id": graph.fixture.phone_number_id, "type": kind}
    written = read_person_message(graph.simulation, "15550111111", person)
    message = {"from": "15550111111", "id": "wamid.X", "timestamp": str(NOON_MS // 1000)}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": graph.fixture.phone_number_id},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": "15550111111"}],
        "messages": [{**message, "type": kind, kind: written.content}],
    }
    entry = {"id": graph.fixture.waba_id, "changes": [{"field": "messages", "value": value}]}
    delivery = {"object": "whatsapp_business_account", "entry": [entry]}
    for _ in range(2):
        assert webhook.handler(signed(json.dumps(delivery).encode()), None)["statusCode"] == 200
    assert inbound.handler({"Records": take("inbound")}, None) == {"batchItemFailures": []}
    assert set(work()) == {True}
    (conversation,) = api.get("/api/conversations").body["items"]
    thread = f"/api/conversations/{conversation['contact_id']}/messages"
    (one,) = api.get(thread).body["items"]
    shown = api.get(f"{thread}/{one['id']}/media").body
    assert shown["state"] == "stored", shown["reason"]
    content, _ = browser_get(shown["url"])
    held = graph.simulation.world.media[written.content["id"]].content
    assert content == base64.b64decode(held)
    assert (shown["thumbnail_url"] is not None) == (kind in {"image", "sticker"})


def test_two_contacts_become_one_meanwhile(graph: GraphServer, inbox: Inbox) -> None:
    """A file that is fetched after its thread was copied is stored in both threads."""
    kept = Inbox(inbox.ctx, inbox.number_id, phone="+15550111112")
    media = announced(graph, jpeg(), "image/jpeg")
    message_id = inbox.send("image", media)
    gone = Contacts(inbox.ctx).get(inbox.contact.id)
    gone.update(actions=[ContactRow.merged_into.set(kept.contact.id)])
    assert kept.send("image", media, is_asked=False) == message_id
    assert work() == [True]
    assert inbox.media(message_id)["state"] == kept.media(message_id)["state"] == "stored"
    other = inbox.send("image", media)
    assert work() == [True]
    assert inbox.media(other)["state"] == "stored"
