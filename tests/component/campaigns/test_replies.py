"""An agent's message of any type: what the customer's phone receives, and what the thread keeps."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import AppError
from chalicelib.core.ids import ordered_id
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.conversations import ReadReceipt
from chalicelib.schemas.message_send import MessageSend
from chalicelib.schemas.thread import MessageOut
from chalicelib.services import conversations, inbound, replies
from chalicelib.services.number_state import number_out
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.media import MediaLibrary, MediaRow
from chalicelib.storage.messages import Messages
from chalicelib.storage.numbers import Connection, Numbers
from chalicelib.storage.objects import Objects
from tests.component.campaigns.conftest import Bench, People, set_faults
from tests.unit.schemas.message_cases import VALID

TO = "15552010000"


def message(**body: Any) -> MessageSend:
    """Return a request to send."""
    return MessageSend.model_validate(body)


def write_in(bench: Bench, contact_id: str, text: str = "Hello?", person: str = "") -> str:
    """Have the customer write, at the sandbox and at Parley; return Meta's id of the message."""
    contact = Contacts(bench.ctx).get(contact_id)
    person = person or (contact.phone or "").lstrip("+")
    answer = bench.meta.http.post(
        f"/sandbox/contacts/{person}/messages",
        json={"phone_number_id": bench.meta.fixture.phone_number_id, "type": "text", "text": text},
    )
    answer.raise_for_status()
    wamid = str(answer.json()["id"])
    about = {
        "from_phone": contact.phone,
        "from_user_id": contact.bsuid,
        "profile_name": contact.name,
        "message_id": wamid,
        "at_ms": bench.clock.now_ms(),
        "type": "text",
        "text": text,
        "context_message_id": None,
    }
    envelope = {"number_id": bench.number.id, "opens_window": True, "message": about}
    inbound.receive(bench.ctx, envelope)
    return wamid


def received(bench: Bench, wa_id: str = TO) -> list[dict[str, Any]]:
    """Return what the customer's phone received, oldest first."""
    answer = bench.meta.http.get("/sandbox/messages", params={"wa_id": wa_id})
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def thread(bench: Bench, contact_id: str) -> list[MessageOut]:
    """Return the thread, newest first."""
    return conversations.thread(bench.ctx, contact_id, PageQuery()).items


@pytest.fixture
def customer(people: People, bench: Bench) -> str:
    """Give a contact who has just written."""
    (contact_id,) = people(1)
    write_in(bench, contact_id)
    return contact_id


def refusal(bench: Bench, contact_id: str, body: MessageSend) -> AppError:
    """Return why a message was refused; nothing of it went to Meta, and no row was written."""
    before = len(thread(bench, contact_id)), len(received(bench))
    with pytest.raises(AppError) as caught:
        replies.send(bench.ctx, contact_id, body)
    assert (len(thread(bench, contact_id)), len(received(bench))) == before
    return caught.value


@pytest.mark.parametrize(
    "name",
    [
        "text",
        "image_link",
        "video",
        "document",
        "audio",
        "voice",
        "sticker",
        "location",
        "contacts",
        *(name for name in VALID if name.startswith("interactive_")),
    ],
)
def test_every_type_reaches_the_phone(bench: Bench, customer: str, name: str) -> None:
    """What the agent sent is what the phone got, and what the thread shows, under its type."""
    body = copy.deepcopy(VALID[name])
    kind = body["type"]
    if kind in {"image", "video", "document", "audio", "sticker"} or name.endswith("edges"):
        body = _with_file(bench, body)
    if name == "interactive_flow":
        body["interactive"]["action"]["parameters"]["flow_id"] = _published_flow(bench)
    sent = replies.send(bench.ctx, customer, message(**body))
    assert (sent.state, sent.type, sent.content, sent.direction) == (
        "accepted",
        kind,
        body[kind],
        "out",
    )
    assert sent.text
    (got,) = received(bench)
    assert got["type"] == kind
    assert got["content"] == ({"contacts": body[kind]} if kind == "contacts" else body[kind])
    (shown, _) = thread(bench, customer)
    assert shown == sent
    assert conversations.get(bench.ctx, customer).last_message == sent.text[:120]


def _published_flow(bench: Bench) -> str:
    """Publish a form at Meta and return its id."""
    screen = {"id": "A", "terminal": True, "layout": {"type": "SingleColumnLayout", "children": []}}
    flow = {"version": "7.0", "screens": [screen]}
    answer = bench.meta.http.post(
        f"/v26.0/{bench.meta.fixture.waba_id}/flows",
        headers={"Authorization": f"Bearer {bench.meta.fixture.access_token}"},
        json={
            "name": "book",
            "categories": ["OTHER"],
            "flow_json": json.dumps(flow),
            "publish": True,
        },
    )
    answer.raise_for_status()
    return str(answer.json()["id"])


def _with_file(bench: Bench, body: dict[str, Any]) -> dict[str, Any]:
    """Return the message with its file uploaded at Meta, whose id it names."""
    kind = body["type"]
    mime = {
        "image": "image/jpeg",
        "video": "video/mp4",
        "audio": "audio/ogg",
        "sticker": "image/webp",
    }.get(kind, "application/pdf")
    answer = bench.meta.http.post(
        f"/v26.0/{bench.meta.fixture.phone_number_id}/media",
        headers={"Authorization": f"Bearer {bench.meta.fixture.access_token}"},
        data={"messaging_product": "whatsapp", "type": mime},
        files={"file": ("a", b"x" * 100, mime)},
    )
    answer.raise_for_status()
    media_id = answer.json()["id"]
    if kind == "interactive":
        header = body[kind]["header"]
        changed = {**header, "document": {**header["document"], "id": media_id}}
        return {**body, kind: {**body[kind], "header": changed}}
    rest = {name: value for name, value in body[kind].items() if name not in {"id", "link"}}
    return {**body, kind: {"id": media_id, **rest}}


def test_answer_quotes_the_message_it_answers(bench: Bench, customer: str) -> None:
    """By our id or by Meta's, the quoted message is shown on the phone and in the thread."""
    (theirs,) = thread(bench, customer)
    wamid = write_in(bench, customer, "And when?")
    for wanted, quoted in ((theirs.id, "Hello?"), (wamid, "And when?")):
        sent = replies.send(
            bench.ctx,
            customer,
            message(type="text", text={"body": "Soon"}, context={"message_id": wanted}),
        )
        assert sent.quoted is not None
        assert (sent.quoted.text, sent.quoted.direction) == (quoted, "in")
        assert received(bench)[-1]["context_id"] == sent.quoted.wamid
    nobody = message(type="text", text={"body": "x"}, context={"message_id": ordered_id("msg", 1)})
    assert refusal(bench, customer, nobody).errors[0].field == "context.message_id"


def test_reaction_stands_on_its_message(bench: Bench, customer: str) -> None:
    """A reaction is no message of its own in the thread; a second takes the first one's place."""
    (theirs,) = thread(bench, customer)
    for emoji in ("👍", "❤️", ""):
        replies.send(
            bench.ctx,
            customer,
            message(type="reaction", reaction={"message_id": theirs.id, "emoji": emoji}),
        )
        (shown,) = thread(bench, customer)
        assert [r.emoji for r in shown.reactions] == ([emoji] if emoji else [])
    assert [got["content"]["emoji"] for got in received(bench)] == ["👍", "❤️", ""]
    assert conversations.get(bench.ctx, customer).last_message == "Hello?"
    odd = message(type="reaction", reaction={"message_id": "wamid.none", "emoji": "👍"})
    assert refusal(bench, customer, odd).errors[0].field == "reaction.message_id"


def test_somebody_who_never_wrote_gets_a_template_only(bench: Bench, people: People) -> None:
    """A business begins a conversation with a template, from a number it names."""
    (contact_id,) = people(1)
    text = message(text="Hi", number_id=bench.number.id)
    assert refusal(bench, contact_id, text).code == "window_closed"
    template = {"id": bench.template.id, "values": {"body.1": "Ana"}}
    nameless = message(type="template", template=template)
    assert refusal(bench, contact_id, nameless).errors[0].field == "number_id"
    sent = replies.send(
        bench.ctx,
        contact_id,
        message(type="template", template=template, number_id=bench.number.id),
    )
    assert (sent.text, sent.category) == ("Hi Ana, your order is ready.", "utility")
    conversation = conversations.get(bench.ctx, contact_id)
    assert (conversation.state, conversation.last_direction) == ("open", "out")
    assert (conversation.number_id, conversation.window_closes_at) == (bench.number.id, None)
    assert received(bench)[0]["content"]["name"] == "order_ready"
    assert refusal(bench, contact_id, message(text="Hi")).code == "window_closed"


def test_template_in_meta_s_own_shape(bench: Bench, customer: str) -> None:
    """A template can be named as Meta names it, with its components."""
    body = {
        "name": "order_ready",
        "language": {"code": "en_US"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}],
    }
    sent = replies.send(bench.ctx, customer, message(type="template", template=body))
    assert (sent.state, sent.content) == ("accepted", body)


def test_values_of_a_template_are_checked(bench: Bench, customer: str) -> None:
    """A value too few, one too many, and a template that is not there are told by their field."""
    for values, field in (
        ({}, "template.values.body.1"),
        ({"body.9": "x"}, "template.values.body.9"),
    ):
        body = message(type="template", template={"id": bench.template.id, "values": values})
        assert refusal(bench, customer, body).errors[0].field == field
    absent = message(type="template", template={"id": ordered_id("tpl", 1)})
    assert refusal(bench, customer, absent).errors[0].field == "template.id"


def test_window_is_the_number_s_own(bench: Bench, customer: str) -> None:
    """Who wrote to one number has not written to another: from that one only a template goes."""
    other = Numbers(bench.ctx).connect(
        Connection(
            phone_number_id="300000000000099",
            waba_id=bench.number.waba_id,
            display_phone_number="+1 555 010 0099",
            verified_name="Acme",
            quality_rating="GREEN",
            throughput_level="STANDARD",
            status="CONNECTED",
            token_ciphertext=aws.encrypt(bench.ctx.tenant_id, bench.meta.fixture.access_token),
        ),
        bench.clock.now_ms(),
    )
    body = message(text="Hi", number_id=other.id)
    assert refusal(bench, customer, body).code == "window_closed"


def test_opt_out_is_kept(bench: Bench, people: People) -> None:
    """Who opted out is not written to, except as an answer to what they wrote, and no marketing."""
    (contact_id,) = people(1, opted_out=1)
    body = message(
        type="template",
        template={"id": bench.template.id, "values": {"body.1": "Ana"}},
        number_id=bench.number.id,
    )
    assert refusal(bench, contact_id, body).code == "opted_out"
    write_in(bench, contact_id)
    assert replies.send(bench.ctx, contact_id, body).state == "accepted"
    bench.template.update(actions=[type(bench.template).category.set("MARKETING")])
    assert refusal(bench, contact_id, body).code == "opted_out"


def test_person_without_phone_is_answered(bench: Bench) -> None:
    """Somebody whose phone is hidden gets the answer by the user id, in the window and outside."""
    world = bench.meta.simulation.world
    hello = {"phone_number_id": bench.meta.fixture.phone_number_id, "type": "text", "text": "Hi"}
    bench.meta.http.post(f"/sandbox/contacts/{TO}/messages", json=hello).raise_for_status()
    bsuid = world.user_id_for(bench.meta.fixture.phone_number_id, TO)
    draft = ContactDraft(bsuid=bsuid, name="Hidden")
    contact = Contacts(bench.ctx).create(draft, bench.clock.now_ms())
    template = {"id": bench.template.id, "values": {"body.1": "you"}}
    begin = message(type="template", template=template, number_id=bench.number.id)
    assert replies.send(bench.ctx, contact.id, begin).state == "accepted"
    write_in(bench, contact.id, person=TO)
    answer = replies.send(bench.ctx, contact.id, message(text="Hi"))
    assert [got["type"] for got in received(bench)] == ["template", "text"]
    assert Messages(bench.ctx).get(contact.id, answer.id).to == bsuid


@pytest.mark.parametrize(
    "call",
    [
        lambda ctx, contact_id: replies.send(ctx, contact_id, message(text="Hi")),
        lambda ctx, contact_id: conversations.mark_read(ctx, contact_id, ReadReceipt()),
    ],
    ids=["reply", "receipt"],
)
def test_dead_token_turns_the_number_red(
    bench: Bench, customer: str, call: Callable[[TenantContext, str], object]
) -> None:
    """The agent is told that the token is refused, and the number says so from then on."""
    bench.meta.simulation.world.tokens[bench.meta.fixture.access_token].expires_at = 1.0
    with pytest.raises(AppError) as caught:
        call(bench.ctx, customer)
    assert caught.value.code == "whatsapp_190"
    row = Numbers(bench.ctx).get(bench.number.id)
    assert "expired" in (row.token_error or "")
    assert number_out(row).state == "red"


def test_one_time_code_needs_a_phone(bench: Bench) -> None:
    """WhatsApp sends codes to phones only: whose is hidden gets none, and the agent is told why."""
    contact = Contacts(bench.ctx).create(ContactDraft(bsuid="US.7149"), bench.clock.now_ms())
    bench.template.category = "AUTHENTICATION"
    bench.template.save()
    code = {"id": bench.template.id, "values": {"body.1": "123456"}}
    body = message(type="template", template=code, number_id=bench.number.id)
    refused = refusal(bench, contact.id, body)
    assert refused.code == "needs_phone"
    assert "request_contact_info" in refused.detail


def test_lost_answer_stays_unknown(bench: Bench, customer: str) -> None:
    """After a 5xx the message may have gone out: the thread says so, and nothing is repeated."""
    set_faults(bench.meta, error_after_accept=1.0)
    with pytest.raises(AppError):
        replies.send(bench.ctx, customer, message(text="Hi"))
    shown = thread(bench, customer)[0]
    assert shown.state == "unknown"
    assert shown.failure is not None
    assert "settles" in shown.failure.done
    assert len(received(bench)) <= 1


def test_death_half_way_is_unknown(bench: Bench, customer: str) -> None:
    """A message whose sender died before Meta's answer may have gone out: and shows so."""
    row: dict[str, str | int] = {"direction": "out", "type": "text", "text": "Hi"}
    message_id, at_ms = ordered_id("msg", bench.clock.now_ms()), bench.clock.now_ms()
    Messages(bench.ctx).record_outgoing(customer, message_id, "claimed", {**row, "at": at_ms})
    assert thread(bench, customer)[0].state == "claimed"
    bench.clock.advance(180)
    assert thread(bench, customer)[0].state == "unknown"


def test_header_of_a_template_from_the_library(bench: Bench, customer: str) -> None:
    """A file of the library fills a template's header by Meta's id of it."""
    image = _stored_image(bench.ctx, bench.clock.now_ms())
    header = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::a"]}}
    components: list[dict[str, Any]] = [
        header,
        {"type": "BODY", "text": "Our new hats are here today."},
    ]
    bench.template.update(actions=[type(bench.template).components.set(components)])
    theirs = bench.meta.simulation.world.templates[bench.template.meta_template_id]
    theirs.components = components
    body = {"id": bench.template.id, "values": {"header.media": image.id}}
    sent = replies.send(bench.ctx, customer, message(type="template", template=body))
    (part,) = sent.content["components"]
    assert part["parameters"][0]["image"]["id"].isdigit()
    lacking = message(type="template", template={"id": bench.template.id, "values": {}})
    assert refusal(bench, customer, lacking).errors[0].field == "template.values.header.media"


def test_file_of_the_library(bench: Bench, customer: str) -> None:
    """A file is uploaded to Meta once, sent by Meta's id, and kept on the message."""
    ctx = bench.ctx
    row = _stored_image(ctx, bench.clock.now_ms())
    body = {"type": "image", "image": {"id": row.id, "caption": "The hat"}}
    first = replies.send(ctx, customer, message(**body))
    second = replies.send(ctx, customer, message(**body))
    assert first.content == second.content
    assert first.content["id"].isdigit()
    assert first.media is not None
    assert (first.media.mime_type, first.media.caption, first.media.state) == (
        "image/jpeg",
        "The hat",
        "stored",
    )
    wrong = message(type="video", video={"id": row.id})
    assert refusal(bench, customer, wrong).errors[0].field == "video.id"
    absent = message(type="image", image={"id": f"med_{'1' * 26}"})
    assert refusal(bench, customer, absent).errors[0].field == "image.id"


def _stored_image(ctx: TenantContext, now_ms: int) -> MediaRow:
    """Put an image into the library."""
    content = b"\xff\xd8\xff" + b"x" * 500
    Objects(ctx).put("media", "hat.jpg", content, "image/jpeg")
    row = MediaRow(
        ctx.tenant_id,
        f"med_{'0' * 26}",
        kind="image",
        mime_type="image/jpeg",
        filename="hat.jpg",
        size_bytes=len(content),
        key="hat.jpg",
        created_by=ctx.user_id,
        created_at=now_ms,
        expires_at=now_ms // 1000 + 86_400,
    )
    assert MediaLibrary(ctx).add(row)
    return row


def test_read_receipt(bench: Bench, customer: str) -> None:
    """Reading a conversation tells the customer's phone, and may show that somebody writes."""
    wamid = write_in(bench, customer, "Still there?")
    shown = conversations.mark_read(bench.ctx, customer, ReadReceipt(typing=True))
    assert shown.unread == 0
    assert bench.meta.simulation.world.inbound[wamid].read
    conversations.mark_read(bench.ctx, customer, ReadReceipt())


def test_read_receipt_is_not_sent_for_what_is_old(bench: Bench, customer: str) -> None:
    """Meta takes receipts for 30 days: after that the inbox forgets its count by itself."""
    bench.clock.advance(31 * 24 * 3600)
    assert conversations.mark_read(bench.ctx, customer, ReadReceipt()).unread == 0


def test_what_comes_meanwhile_stays_last(bench: Bench, customer: str) -> None:
    """A message of the customer that is newer than our own keeps its place, and stays unread."""
    contact = Contacts(bench.ctx).get(customer)
    before = Conversations(bench.ctx).get(customer)
    Conversations(bench.ctx).note_sent(
        contact, bench.number.id, "late", bench.clock.now_ms() - 60_000
    )
    after = Conversations(bench.ctx).get(customer)
    assert (after.last_message, after.unread) == (before.last_message, before.unread)
