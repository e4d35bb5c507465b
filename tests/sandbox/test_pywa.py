"""pywa, a client written by others, drives the sandbox over a real port, and reads its webhooks."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pywa.client import WhatsApp
from pywa.errors import (
    ReEngagementMessage,
    TemplateNotExists,
    TemplateParamCountMismatch,
    TooManyMessages,
    WhatsAppError,
)
from pywa.handlers import MessageHandler, MessageStatusHandler
from pywa.types.callback import Button
from pywa.types.message import Message
from pywa.types.message_status import MessageStatus
from pywa.types.templates import (
    BodyText,
    Buttons,
    FooterText,
    HeaderImage,
    ParamFormat,
    QuickReplyButton,
    Template,
    TemplateCategory,
    TemplateLanguage,
    TemplateStatus,
)

from .bench import APP, FIXTURE, NUMBER, QUIET, WABA, bench, template
from .command import serving

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
REVIEW = "review_s=0.1"


class ToSandbox(httpx.BaseTransport):
    """Sends whatever is meant for Meta to the sandbox."""

    def __init__(self, url: str) -> None:
        self._to = httpx.URL(url)
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        request.url = request.url.copy_with(
            scheme=self._to.scheme, host=self._to.host, port=self._to.port
        )
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


@pytest.fixture
def url() -> Iterator[str]:
    """Run a sandbox and yield its URL."""
    with serving(SANDBOX_BEHAVIOUR=REVIEW) as address:
        yield address


@pytest.fixture
def pywa(url: str) -> Iterator[WhatsApp]:
    """Yield a pywa client of the sandbox."""
    with httpx.Client(transport=ToSandbox(url)) as session:
        yield WhatsApp(
            phone_id=NUMBER,
            token=FIXTURE.access_token,
            waba_id=WABA,
            app_id=APP,
            session=session,
        )


def approved(pywa: WhatsApp, template_id: str) -> None:
    """Wait until the template has been reviewed."""
    for _ in range(50):
        if pywa.get_template(template_id).status is TemplateStatus.APPROVED:
            return
        time.sleep(0.05)
    pytest.fail("the template was not approved")


def test_pywa_sends_a_template_with_a_picture(pywa: WhatsApp, url: str) -> None:
    """Upload, create, review, list, send with named parameters, delete: by pywa's own bodies."""
    made = pywa.create_template(
        Template(
            name="winter",
            language=TemplateLanguage.ENGLISH_US,
            category=TemplateCategory.MARKETING,
            parameter_format=ParamFormat.NAMED,
            components=[
                image := HeaderImage(example=PNG),
                body := BodyText("Hi {{name}}, your boots are back in stock.", name="Ana"),
                FooterText(text="Reply STOP to opt out"),
                Buttons(buttons=[stop := QuickReplyButton(text="Stop")]),
            ],
        )
    )
    approved(pywa, made.id)
    (listed,) = pywa.get_templates(statuses=[TemplateStatus.APPROVED])
    assert (listed.name, listed.category) == ("winter", TemplateCategory.MARKETING)
    sent = pywa.send_template(
        to="+15550111111",
        name="winter",
        language=TemplateLanguage.ENGLISH_US,
        params=[
            image.params(image=pywa.upload_media(PNG, "image/png", "boots.png").id),
            body.params(name="Ana"),
            stop.params(index=0, callback_data="STOP"),
        ],
        tracker="p1.cmp.ten",
    )
    assert sent.id.startswith("wamid.")
    log = httpx.get(f"{url}/sandbox/messages").json()["items"]
    assert (log[0]["callback_data"], log[0]["wa_id"]) == ("p1.cmp.ten", "15550111111")
    assert pywa.delete_template(template_name="winter")
    with pytest.raises(TemplateNotExists):
        pywa.send_template("+15550111111", "winter", TemplateLanguage.ENGLISH_US, [])


def test_pywa_sends_texts_buttons_and_media(pywa: WhatsApp, url: str) -> None:
    """Inside the window pywa's text, buttons, picture, reaction and read mark are all accepted."""
    person = {"phone_number_id": NUMBER, "text": "Hi"}
    inbound = httpx.post(f"{url}/sandbox/contacts/15550111111/messages", json=person).json()["id"]
    to = "15550111111"
    pywa.mark_message_as_read(inbound)
    pywa.indicate_typing(inbound)
    sent = [
        pywa.send_message(to, "Hello", reply_to_message_id=inbound),
        pywa.send_message(to, "Which?", buttons=[Button("Small", "s"), Button("Large", "l")]),
        pywa.send_image(to, PNG, mime_type="image/png", caption="Look"),
        pywa.send_location(to, 1.5, 2.5, name="Shop"),
        pywa.send_reaction(to, "👍", inbound),
    ]
    assert len({message.id for message in sent}) == 5
    assert httpx.get(f"{url}/sandbox/counts").json()["accepted"] == 5
    assert "Which?" in httpx.get(f"{url}/phones/15550111111").text


def test_pywa_knows_the_errors(pywa: WhatsApp) -> None:
    """Each refusal becomes the exception that pywa has for its code."""
    with pytest.raises(WhatsAppError) as too_long:
        pywa.send_message("+15550111111", "x" * 5000)
    assert too_long.value.code == 100
    with pytest.raises(WhatsAppError) as unknown:
        pywa.send_message("+15550111111", "x", sender="399")
    assert unknown.value.code == 100
    parts = [BodyText("Hi {{1}}, there is news for you.", "Ana")]
    made = pywa.create_template(
        Template(
            name="hello",
            language=TemplateLanguage.ENGLISH_US,
            category=TemplateCategory.UTILITY,
            components=[*parts],
        )
    )
    approved(pywa, made.id)
    with pytest.raises(TemplateParamCountMismatch):
        pywa.send_template("+15550111111", "hello", TemplateLanguage.ENGLISH_US, [])
    for _ in range(45):
        pywa.send_message("+15550111111", "x")
    with pytest.raises(TooManyMessages):
        pywa.send_message("+15550111111", "x")


def test_pywa_reads_the_account(pywa: WhatsApp) -> None:
    """Number, profile and account are read with the fields that pywa asks for."""
    assert pywa.get_business_phone_number().display_phone_number == "+1 555 010 0001"
    assert pywa.get_business_account().id == WABA
    pywa.update_business_profile(about="Boots")
    assert pywa.get_business_profile().about == "Boots"


@pytest.mark.anyio
async def test_pywa_reads_the_webhooks(caplog: pytest.LogCaptureFixture) -> None:
    """Signed bytes pass pywa's check, and its objects say what was meant: statuses and answers."""
    seen: list[Any] = []
    judge = WhatsApp(
        token="t",
        server=None,
        app_secret=FIXTURE.app_secret,
        verify_token="vt",
        filter_updates=False,
    )
    judge.add_handlers(
        MessageHandler(lambda _, message: seen.append(message)),
        MessageStatusHandler(lambda _, status: seen.append(status)),
    )
    # pywa reads the first item of a delivery only, so each goes alone.
    async with bench(replace(QUIET, answer=1.0, batch=1)) as b:
        await b.subscribe()
        await b.approve(**template())
        await b.send()
        await b.clock.advance(10)
        with caplog.at_level(logging.WARNING, "pywa"):
            for raw, headers in zip(b.receiver.raw, b.receiver.headers, strict=True):
                assert judge.webhook_update_validator(raw, headers["x-hub-signature-256"]) is None
                assert judge.webhook_update_handler(raw)[1] == 200
    assert caplog.records == []
    statuses = [item for item in seen if isinstance(item, MessageStatus)]
    assert [s.status.value for s in statuses] == ["sent", "delivered", "read"]
    assert {s.tracker for s in statuses} == {"p1.cmp.ten.con.msg"}
    (message,) = (item for item in seen if isinstance(item, Message))
    assert message.from_user.wa_id == "15550111111"
    assert ReEngagementMessage.__error_codes__ == (131047,)
