"""Each refusal of the sandbox becomes the exception that pywa has for its code."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pywa import errors
from pywa.client import WhatsApp
from pywa.types.templates import (
    AuthenticationBody,
    BodyText,
    Buttons,
    CopyCodeOTPButton,
    TemplateCategory,
    TemplateLanguage,
)

from sandbox.ids import user_id

from .bench import FIXTURE, NUMBER, WABA
from .pywa_steps import PERSON, hello, made, wrote

ENGLISH = TemplateLanguage.ENGLISH_US
# Any: pywa types the values of `params` as if each were a BodyText.
BODY: Any = BodyText("Hi {{1}}, there is news for you.", "Ana")
TO = "+15550111111"


def control(url: str, path: str, body: dict[str, Any], method: str = "POST") -> None:
    """Ask the sandbox's control API for something."""
    httpx.request(method, f"{url}/sandbox/{path}", json=body).raise_for_status()


def template(pywa: WhatsApp, *params: Any, name: str = "hello", to: str = TO) -> None:
    """Send a template."""
    pywa.send_template(to, name, ENGLISH, list(params))


def review(decision: str) -> Callable[[WhatsApp, str], None]:
    """Return the step that makes a template, decides on it and sends it."""

    def step(pywa: WhatsApp, url: str) -> None:
        template_id = hello(pywa)
        control(url, f"templates/{template_id}/review", {"decision": decision})
        template(pywa, BODY.params("Ana"))

    return step


def faulty(**faults: float) -> Callable[[WhatsApp, str], None]:
    """Return the step that sends while something goes wrong."""

    def step(pywa: WhatsApp, url: str) -> None:
        wrote(url)
        control(url, "faults", faults, "PUT")
        try:
            pywa.send_message(TO, "Hi")
        finally:
            control(url, "faults", {}, "PUT")

    return step


def text(body: str, **changes: Any) -> Callable[[WhatsApp, str], None]:
    """Return the step that sends a text."""

    def step(pywa: WhatsApp, url: str) -> None:
        wrote(url)
        pywa.send_message(**{"to": TO, "text": body, **changes})

    return step


def raw(method: str, path: str, **body: Any) -> Callable[[WhatsApp, str], None]:
    """Return the step that calls with a body of one's own."""

    def step(pywa: WhatsApp, _url: str) -> None:
        pywa.api.send_raw_request(method, path, json={"messaging_product": "whatsapp", **body})

    return step


def burst(pywa: WhatsApp, url: str) -> None:
    """Send one more message to a person than the pair limit allows."""
    wrote(url)
    for _ in range(46):
        pywa.send_message(TO, "x")


def params(*given: Any) -> Callable[[WhatsApp, str], None]:
    """Return the step that sends a template with these parameters."""

    def step(pywa: WhatsApp, _url: str) -> None:
        hello(pywa)
        template(pywa, *given)

    return step


def code_to_user_id(pywa: WhatsApp, url: str) -> None:
    """Send a one-time password to a user id."""
    wrote(url)
    button, body = CopyCodeOTPButton(text="Copy"), AuthenticationBody()
    category = TemplateCategory.AUTHENTICATION
    made(pywa, "code", body, Buttons(buttons=[button]), category=category)
    to = user_id("US", FIXTURE.business_id, PERSON)
    template(pywa, body.params(otp="1"), button.params(otp="1"), name="code", to=to)


def wrong_pin(pywa: WhatsApp, _url: str) -> None:
    """Register with another PIN than the one that was set."""
    pywa.register_phone_number("123456")
    pywa.register_phone_number("654321")


def throttled(pywa: WhatsApp, url: str) -> None:
    """Call the management API more often than is allowed."""
    control(url, "behaviour", {"management_calls_active": 1}, "PATCH")
    try:
        pywa.get_business_account()
        pywa.get_business_account()
    finally:
        control(url, "behaviour", {"management_calls_active": 5000}, "PATCH")


def stranger(_pywa: WhatsApp, url: str) -> None:
    """Call with a token that does not exist."""
    answer = httpx.get(f"{url}/v26.0/{WABA}", headers={"Authorization": "Bearer x"})
    raise errors.WhatsAppError.from_dict(answer.json()["error"], answer)


PATH = f"/{NUMBER}/messages"
LOST = {"type": "interactive", "interactive": {"type": "quiz"}}
LONG = BODY.params("x" * 1024)
CASES: list[tuple[type[errors.WhatsAppError], Callable[[WhatsApp, str], None]]] = [
    (errors.ExpiredAccessToken, stranger),
    (errors.RateLimitIssues, throttled),
    (errors.RateLimitHit, faulty(throttle=1)),
    (errors.TooManyMessages, burst),
    (errors.UnknownError, faulty(error_before_accept=1)),
    (errors.MessageUndeliverable, faulty(fail_sync=1)),
    (errors.RecipientCannotBeSender, text("x", to="+15550100001")),
    (errors.RecipientIdentityKeyMismatch, text("x", identity_key_hash="old")),
    (errors.InvalidParameter, text("x", to="US.1")),
    (errors.UnsupportedMessageType, raw("POST", PATH, to=TO, **LOST)),
    (errors.GroupAPINotEligible, raw("POST", f"/{NUMBER}/groups", subject="Friends")),
    (errors.TemplateNotExists, lambda pywa, _url: template(pywa, name="absent")),
    (errors.TemplateParamCountMismatch, params()),
    (errors.TemplateParamFormatMismatch, params({"type": "body", "parameters": [{"type": "x"}]})),
    (errors.TemplateTextTooLong, params(LONG)),
    (errors.TemplatePaused, review("PAUSED")),
    (errors.TemplateDisabled, review("DISABLED")),
    (errors.BSUIDRecipientNotSupported, code_to_user_id),
    (errors.UsernameNotAvailable, lambda pywa, _url: _misnamed(pywa)),
    (errors.FlowPublishingError, lambda pywa, _url: _unfinished(pywa)),
    (errors.WhatsAppError, wrong_pin),
    (errors.WhatsAppError, text("x" * 5000)),
    (errors.WhatsAppError, text("x", sender="399")),
]


def _misnamed(pywa: WhatsApp) -> None:
    """Claim a username that looks like an address."""
    pywa.set_username("www.shop")


def _unfinished(pywa: WhatsApp) -> None:
    """Publish a flow that has no screens yet."""
    pywa.publish_flow(pywa.create_flow("book", ["OTHER"]).id)


@pytest.mark.parametrize(("kind", "step"), CASES)
def test_a_refusal_is_pywas_exception(
    pywa: WhatsApp,
    url: str,
    kind: type[errors.WhatsAppError],
    step: Callable[[WhatsApp, str], None],
) -> None:
    """The step ends in exactly that exception, with details that say what was wrong."""
    with pytest.raises(errors.WhatsAppError) as refused:
        step(pywa, url)
    assert type(refused.value) is kind
    assert refused.value.message
    assert refused.value.fbtrace_id
