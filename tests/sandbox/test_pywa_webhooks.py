"""pywa, as a receiver, reads what the sandbox sends: signature, handshake, and every update.

pywa reads the first item of a delivery only, so each goes alone. It cannot read a `failed` status
without `contacts`, which is how Meta documents it; those are left out. Whatever it cannot make
something of it logs: the log must stay empty.
"""

import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from pywa.client import WhatsApp
from pywa.handlers import (
    AccountUpdateHandler,
    CallbackButtonHandler,
    CallbackSelectionHandler,
    FlowCompletionHandler,
    Handler,
    MessageHandler,
    MessageStatusHandler,
    PhoneNumberChangeHandler,
    TemplateCategoryUpdateHandler,
    TemplateQualityUpdateHandler,
    TemplateStatusUpdateHandler,
    UserMarketingPreferencesHandler,
)
from pywa.types.account_update import AccountUpdate
from pywa.types.callback import CallbackButton, CallbackSelection
from pywa.types.flows import FlowCompletion
from pywa.types.message import Message
from pywa.types.message_status import MessageStatus
from pywa.types.system import PhoneNumberChange
from pywa.types.templates import (
    TemplateCategoryUpdate,
    TemplateQualityUpdate,
    TemplateStatus,
    TemplateStatusUpdate,
)
from pywa.types.user_preferences import UserMarketingPreferences

from .bench import FIXTURE, NUMBER, QUIET, WABA, Bench, bench, template

pytestmark = pytest.mark.anyio

PERSON = "15550111111"
ALONE = replace(QUIET, batch=1)


class Judge:
    """A pywa without a server: checks each delivery and keeps what it made of it."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.wa = WhatsApp(
            token="t",
            server=None,
            app_secret=FIXTURE.app_secret,
            verify_token="vt",
            filter_updates=False,
        )
        handlers: tuple[type[Handler[Any]], ...] = (
            AccountUpdateHandler,
            CallbackButtonHandler,
            CallbackSelectionHandler,
            FlowCompletionHandler,
            MessageHandler,
            MessageStatusHandler,
            PhoneNumberChangeHandler,
            TemplateCategoryUpdateHandler,
            TemplateQualityUpdateHandler,
            TemplateStatusUpdateHandler,
            UserMarketingPreferencesHandler,
        )
        self.wa.add_handlers(*(kind(self._keep) for kind in handlers))

    def _keep(self, _wa: WhatsApp, update: Any) -> None:
        """Keep an update."""
        self.seen.append(update)

    def read(self, b: Bench, caplog: pytest.LogCaptureFixture) -> None:
        """Hand every delivery to pywa; its signature must be right and its log empty."""
        with caplog.at_level(logging.WARNING, "pywa"):
            for raw, headers in zip(b.receiver.raw, b.receiver.headers, strict=True):
                if b'"failed"' in raw:
                    continue
                signature = headers["x-hub-signature-256"]
                assert self.wa.webhook_update_validator(raw, signature) is None
                assert self.wa.webhook_update_handler(raw)[1] == 200
        assert caplog.records == []

    def of(self, kind: type[Any]) -> list[Any]:
        """Return the updates of a kind."""
        return [update for update in self.seen if isinstance(update, kind)]


async def test_statuses_and_answers_are_read(caplog: pytest.LogCaptureFixture) -> None:
    """Sent, delivered, read with the caller's data, and the person's answer."""
    judge = Judge()
    async with bench(replace(ALONE, answer=1.0)) as b:
        await b.subscribe()
        await b.approve(**template())
        await b.send()
        await b.clock.advance(10)
        judge.read(b, caplog)
    statuses: list[MessageStatus[Any]] = judge.of(MessageStatus)
    assert [s.status.value for s in statuses] == ["sent", "delivered", "read"]
    assert {s.tracker for s in statuses} == {"p1.cmp.ten.con.msg"}
    assert {s.pricing.category.value for s in statuses if s.pricing} == {"marketing"}
    (message,) = judge.of(Message)
    assert message.from_user.wa_id == PERSON
    assert [u.new_status for u in judge.of(TemplateStatusUpdate)] == [TemplateStatus.APPROVED]


async def test_taps_and_replies_are_read(caplog: pytest.LogCaptureFixture) -> None:
    """A tapped button, a picked row and a quoted reply are what pywa says they are."""
    judge = Judge()
    async with bench(ALONE) as b:
        await b.subscribe()
        first = (await b.write(PERSON)).json()["id"]
        asked = (await b.text("+15550111111")).json()["messages"][0]["id"]
        button = {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}
        row = {"type": "list_reply", "list_reply": {"id": "red", "title": "Red"}}
        for reply in (button, row):
            await b.write(PERSON, type="interactive", interactive=reply, context_message_id=asked)
        await b.write(PERSON, "That one", context_message_id=first)
        await b.clock.advance(10)
        judge.read(b, caplog)
    (tapped,), (picked,) = judge.of(CallbackButton), judge.of(CallbackSelection)
    assert (tapped.data, picked.data, picked.title) == ("yes", "red", "Red")
    plain, quoting = judge.of(Message)
    assert (plain.text, quoting.reply_to_message.id) == ("Hello", first)


async def test_the_handshake_and_a_changed_byte() -> None:
    """Pywa answers the challenge for its own token alone, and a changed byte fails its check."""
    judge = Judge()
    assert judge.wa.webhook_challenge_handler("vt", "1158201444") == ("1158201444", 200)
    assert judge.wa.webhook_challenge_handler("other", "1")[1] == 403
    async with bench(ALONE) as b:
        await b.subscribe()
        await b.write(PERSON, "Olá 👋 a/b")
        await b.clock.advance(1)
        (raw,), (headers,) = b.receiver.raw, b.receiver.headers
        signature = headers["x-hub-signature-256"]
        assert judge.wa.webhook_update_validator(raw, signature) is None
        changed = raw[:-2] + b" }"
        assert judge.wa.webhook_update_validator(changed, signature) == ("Forbidden", 403)
        assert judge.wa.webhook_update_validator(raw, None) == ("Unauthorized", 401)
        assert json.loads(raw)["entry"][0]["changes"][0]["field"] == "messages"


async def test_a_person_without_a_phone_number_is_read(caplog: pytest.LogCaptureFixture) -> None:
    """Who hides the phone is known to pywa by the user id alone."""
    judge = Judge()
    async with bench(ALONE) as b:
        await b.subscribe()
        b.simulation.world.person(PERSON).hides_phone = True
        await b.write(PERSON)
        await b.clock.advance(1)
        judge.read(b, caplog)
        (message,) = judge.of(Message)
        (number,) = b.simulation.world.numbers
        assert message.from_user.bsuid == b.simulation.world.user_id_for(number, PERSON)
        assert not message.from_user.wa_id


FLOW = {"name": "flow", "body": "Sent", "response_json": '{"flow_token": "t", "day": "Monday"}'}
PLACE = {"latitude": 1.5, "longitude": 2.5, "name": "Home"}
ORDER = {
    "catalog_id": "8001",
    "product_items": [
        {"product_retailer_id": "b1", "quantity": 2, "item_price": 30, "currency": "USD"}
    ],
}
CARD = [{"name": {"formatted_name": "Ana", "first_name": "Ana"}, "phones": [{"phone": "+1555"}]}]
REFERRAL = {
    "source_url": "https://fb.me/x",
    "source_id": "1",
    "source_type": "ad",
    "body": "Boots",
    "headline": "Winter",
    "media_type": "image",
    "image_url": "https://fb.me/x.png",
    "ctwa_clid": "c",
}
WRITTEN: list[tuple[dict[str, Any], type[Any], str]] = [
    ({"type": "image", "image": {"caption": "Look"}}, Message, "image.mime_type"),
    ({"type": "video"}, Message, "video.sha256"),
    ({"type": "audio", "audio": {"voice": True}}, Message, "audio.voice"),
    ({"type": "document"}, Message, "document.filename"),
    ({"type": "sticker", "sticker": {"animated": True}}, Message, "sticker.animated"),
    ({"type": "location", "location": PLACE}, Message, "location.latitude"),
    ({"type": "contacts", "contacts": CARD}, Message, "contacts"),
    ({"type": "order", "order": ORDER}, Message, "order.catalog_id"),
    ({"type": "text", "text": "Hi", "referral": REFERRAL}, Message, "referral.ctwa_clid"),
    ({"type": "unsupported"}, Message, "error.code"),
    (
        {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": FLOW}},
        FlowCompletion,
        "token",
    ),
    ({"type": "button", "button": {"payload": "STOP", "text": "Stop"}}, CallbackButton, "data"),
]


@pytest.mark.parametrize(
    ("body", "kind", "member"), WRITTEN, ids=[str(body["type"]) for body, _, _ in WRITTEN]
)
async def test_each_type_that_a_person_writes_is_read(
    caplog: pytest.LogCaptureFixture, body: dict[str, Any], kind: type[Any], member: str
) -> None:
    """Pywa makes its own object of it, with the member that the type has."""
    judge = Judge()
    async with bench(ALONE) as b:
        await b.subscribe()
        answer = await b.write(PERSON, **body)
        assert answer.status_code == 200, answer.text
        await b.clock.advance(1)
        judge.read(b, caplog)
        (update,) = judge.of(kind)
        value = update
        for name in member.split("."):
            value = getattr(value, name)
        assert value


TEMPLATE_PATH = "/sandbox/templates/{template_id}/"
PEOPLE_PATH = f"/sandbox/people/{PERSON}"
SHOWN: list[tuple[str, str, dict[str, Any], type[Any]]] = [
    ("POST", f"{TEMPLATE_PATH}review", {"decision": "PAUSED"}, TemplateStatusUpdate),
    ("POST", f"{TEMPLATE_PATH}review", {"decision": "DISABLED"}, TemplateStatusUpdate),
    (
        "POST",
        f"{TEMPLATE_PATH}review",
        {"decision": "REJECTED", "reason": "SCAM"},
        TemplateStatusUpdate,
    ),
    ("POST", f"{TEMPLATE_PATH}quality", {"score": "RED"}, TemplateQualityUpdate),
    ("POST", f"{TEMPLATE_PATH}category", {"category": "UTILITY"}, TemplateCategoryUpdate),
    ("PATCH", PEOPLE_PATH, {"marketing": "stop"}, UserMarketingPreferences),
    (
        "POST",
        f"/sandbox/accounts/{WABA}/events",
        {"event": "ACCOUNT_VIOLATION", "violation_type": "SCAM"},
        AccountUpdate,
    ),
    (
        "POST",
        f"{PEOPLE_PATH}/events",
        {"event": "CHANGE_NUMBER", "new_wa_id": "15550333333"},
        PhoneNumberChange,
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "kind"), SHOWN)
async def test_what_meta_and_people_do_is_read(
    caplog: pytest.LogCaptureFixture, method: str, path: str, body: dict[str, Any], kind: type[Any]
) -> None:
    """A scenario of the control API becomes the update that pywa has for it."""
    judge = Judge()
    async with bench(ALONE) as b:
        await b.subscribe()
        b.simulation.world.app.fields = []
        template_id = await b.approve()
        await b.write(PERSON)
        await b.clock.advance(1)
        for received in (b.receiver.raw, b.receiver.headers):
            received.clear()
        where = path.format(template_id=template_id)
        extra = {"phone_number_id": NUMBER} if "marketing" in body else {}
        answer = await b.graph.request(method, where, json={**body, **extra})
        assert answer.status_code == 200, answer.text
        await b.clock.advance(1)
        judge.read(b, caplog)
        assert [type(update) for update in judge.seen] == [kind]
