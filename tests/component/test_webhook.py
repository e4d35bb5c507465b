"""The webhook: handshake, signatures, and what it takes durably before it says 200."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import aws as aws_clients
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.handlers import webhook
from chalicelib.handlers.queues import inbound
from chalicelib.services import statuses
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.messages import Messages
from chalicelib.storage.numbers import Connection, NumberRow, Numbers
from tests.component.cloud import SECRET

PAYLOADS = Path(__file__).parents[1] / "payloads"
PHONE_NUMBER_ID = "300000000000001"
APP_SECRET = SECRET["meta_app_secrets"][0]


@pytest.fixture
def number(ctx: TenantContext) -> NumberRow:
    """Give a connected number, the one of the sample payloads."""
    return Numbers(ctx).connect(
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


def post(raw: bytes, *, secret: str = APP_SECRET, signed: bool = True) -> dict[str, Any]:
    """Send a delivery as the Function URL gives it to the Lambda."""
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    event = {
        "requestContext": {"requestId": "r1", "http": {"method": "POST", "path": "/"}},
        "headers": {"x-hub-signature-256": f"sha256={digest}"} if signed else {},
        "body": base64.b64encode(raw).decode(),
        "isBase64Encoded": True,
    }
    return webhook.handler(event, None)


def handshake(token: str) -> dict[str, Any]:
    """Ask as Meta does when the callback URL is saved."""
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
    http = {"method": "GET", "path": "/"}
    return webhook.handler(
        {"requestContext": {"requestId": "r1", "http": http}, "queryStringParameters": query}, None
    )


def test_handshake_returns_the_challenge(aws: None) -> None:
    """With our verify token the challenge comes back verbatim; with another it is 403."""
    ours = handshake(SECRET["meta_verify_token"])
    assert (ours["statusCode"], ours["body"]) == (200, "1158201444")
    assert handshake("guess")["statusCode"] == 403


def test_unsigned_and_wrongly_signed_are_refused(number: NumberRow) -> None:
    """No signature is 401, another secret's 403, one flipped byte 403; nothing is taken."""
    raw = (PAYLOADS / "in_text.json").read_bytes()
    assert post(raw, signed=False)["statusCode"] == 401
    assert post(raw, secret="another")["statusCode"] == 403
    digest = hmac.new(APP_SECRET.encode(), raw, hashlib.sha256).hexdigest()
    flipped = bytes([raw[0] ^ 1]) + raw[1:]
    event = {
        "requestContext": {"http": {"method": "POST"}},
        "headers": {"x-hub-signature-256": f"sha256={digest}"},
        "body": base64.b64encode(flipped).decode(),
        "isBase64Encoded": True,
    }
    assert webhook.handler(event, None)["statusCode"] == 403
    assert drain("inbound") == []


def test_rubbish_that_is_signed_is_400(aws: None) -> None:
    """A signed body that is no JSON object is answered, not suffered."""
    for raw in (b"", b"nonsense", b"[1]", b"\xff\xfe"):
        assert post(raw)["statusCode"] == 400


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("[a-z]*.json")), ids=lambda path: path.stem)
def test_every_sample_is_taken(number: NumberRow, path: Path) -> None:
    """Whatever shape Meta sends, the answer is 200, twice in a row."""
    raw = path.read_bytes()
    assert [post(raw)["statusCode"] for _ in range(2)] == [200, 200]
    assert inbound.handler({"Records": drain("inbound")}, None) == {"batchItemFailures": []}


def drain(queue: str) -> list[dict[str, Any]]:
    """Take all messages of a queue."""
    url = getattr(settings(), f"{queue}_queue_url")
    sqs = aws_clients.client("sqs")
    taken = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            taken.append({"messageId": message["MessageId"], "body": message["Body"]})
    return taken


def test_answer_appears_once_in_the_inbox(ctx: TenantContext, number: NumberRow) -> None:
    """An inbound text, delivered twice by Meta and twice by SQS, is one unread message."""
    raw = (PAYLOADS / "in_text.json").read_bytes()
    post(raw)
    post(raw)
    records = drain("inbound")
    for _ in range(2):
        assert inbound.handler({"Records": records}, None) == {"batchItemFailures": []}
    (conversation,) = Conversations(ctx).page("open", 10, None).items
    assert (conversation.unread, conversation.contact_name) == (1, "Ana Example")
    assert conversation.contact_phone == "+15550111111"
    (message,) = Messages(ctx).thread(conversation.contact_id, 10, None).items
    assert message.text == "Hello, is the blue one in stock?"


def test_older_message_does_not_take_the_last_ones_place(
    ctx: TenantContext, number: NumberRow
) -> None:
    """Two messages that arrive in the wrong order leave the newer one on top, both unread."""
    raw = json.loads((PAYLOADS / "in_text.json").read_text())
    message = raw["entry"][0]["changes"][0]["value"]["messages"][0]
    for stamp, text in (("1794700100", "newer"), ("1794700050", "older")):
        message.update(id=f"wamid.{stamp}", timestamp=stamp, text={"body": text})
        post(json.dumps(raw).encode())
        inbound.handler({"Records": drain("inbound")}, None)
    (conversation,) = Conversations(ctx).page("open", 10, None).items
    assert (conversation.last_message, conversation.unread) == ("newer", 2)


def test_failed_write_is_500_so_that_meta_repeats(
    ctx: TenantContext, number: NumberRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a status cannot be stored the answer is 500, and the repetition stores it."""
    raw = json.loads((PAYLOADS / "status_delivered_no_pricing.json").read_text())
    key = MessageKey(ctx.tenant_id, "con_" + "0" * 26, "msg_" + "0" * 26, None)
    status = raw["entry"][0]["changes"][0]["value"]["statuses"][0]
    status["biz_opaque_callback_data"] = encode_callback(key)
    body = json.dumps(raw).encode()

    def broken(*_args: object, **_kwargs: object) -> None:
        message = "the database is away"
        raise ConnectionError(message)

    with monkeypatch.context() as patch:
        patch.setattr(Messages, "join_state", broken)
        assert post(body)["statusCode"] == 500
    assert post(body)["statusCode"] == 200
    assert Messages(ctx).get(key.contact_id, key.message_id).state == "delivered"


def test_number_connected_later_is_found(ctx: TenantContext, aws: None) -> None:
    """That a number is unknown is not remembered: it may be connected any moment."""
    assert statuses.owner_of("300000000000009") is None
    Numbers(ctx).connect(
        Connection("300000000000009", "2", "+1", "A", "GREEN", "STANDARD", "CONNECTED", b"x"), 1
    )
    owner = statuses.owner_of("300000000000009")
    assert owner is not None
    assert owner.tenant_id == ctx.tenant_id
