"""Two tenants with the numbers of the sample payloads, and deliveries as Meta makes them."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import aws as aws_clients
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.handlers import webhook
from chalicelib.handlers.queues import inbound
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.storage.accounts import AccountRow, Accounts
from chalicelib.storage.contacts import ContactRow, Contacts
from chalicelib.storage.messages import MessageRow, Messages
from chalicelib.storage.numbers import Connection, NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates
from tests.component.cloud import SECRET

pytest.register_assert_rewrite("tests.component.webhooks.expected")
PAYLOADS = Path(__file__).parents[2] / "payloads"
ANA, ANA_ID = "+15550111111", "US.71491208655302741918"
APP_SECRET = SECRET["meta_app_secrets"][0]


def sample(stem: str) -> Any:
    """Return a sample payload."""
    return json.loads((PAYLOADS / f"{stem}.json").read_text())


def signed(raw: bytes) -> dict[str, Any]:
    """Return a delivery as the Function URL gives it to the Lambda."""
    digest = hmac.new(APP_SECRET.encode(), raw, hashlib.sha256).hexdigest()
    return {
        "requestContext": {"requestId": "r1", "http": {"method": "POST", "path": "/"}},
        "headers": {"x-hub-signature-256": f"sha256={digest}"},
        "body": base64.b64encode(raw).decode(),
        "isBase64Encoded": True,
    }


def take(queue: str) -> list[dict[str, Any]]:
    """Take everything off a queue."""
    url = getattr(settings(), f"{queue}_queue_url")
    sqs = aws_clients.client("sqs")
    taken = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            taken.append({"messageId": message["MessageId"], "body": message["Body"]})
    return taken


def statuses_of(payload: Any) -> Iterator[dict[str, Any]]:
    """Yield the statuses of messages in a payload."""
    for entry in payload["entry"]:
        for change in entry["changes"]:
            if change["field"] == "messages":
                yield from change["value"].get("statuses", [])


def message_id_of(wamid: str) -> str:
    """Return the id of our row of the message that Meta calls `wamid`, as `Site.ours` makes it."""
    digest = int.from_bytes(hashlib.sha256(wamid.encode()).digest()[:16])
    return f"msg_{digest % 10**26:026d}"


@dataclass
class Site:
    """A tenant that has the numbers and the template of the samples."""

    ctx: TenantContext
    number: NumberRow
    contact: ContactRow

    def ours(self, payload: Any, contact_id: str | None = None) -> Any:
        """Return `payload` with statuses of messages that Parley sent to `contact_id`."""
        mine = copy.deepcopy(payload)
        for status in statuses_of(mine):
            key = MessageKey(
                self.ctx.tenant_id,
                contact_id or self.contact.id,
                message_id_of(status["id"]),
                None,
            )
            status["biz_opaque_callback_data"] = encode_callback(key)
        return mine

    def deliver(self, payload: Any, *, times: int = 1) -> None:
        """Have Meta deliver, and the queue's Lambda do its work, each as often as told."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        for _ in range(times):
            assert webhook.handler(signed(raw), None)["statusCode"] == 200
        records = take("inbound")
        for _ in range(times):
            assert inbound.handler({"Records": records}, None) == {"batchItemFailures": []}

    def ana(self) -> ContactRow:
        """Return the contact of the samples' customer."""
        contacts = Contacts(self.ctx)
        found = contacts.find(ANA, ANA_ID)
        return contacts.get(found[0] or found[1] or "")

    def thread(self, contact_id: str | None = None) -> list[MessageRow]:
        """Return a thread, newest first."""
        return Messages(self.ctx).thread(contact_id or self.ana().id, 100, None).items

    def message(self) -> MessageRow:
        """Return the one message of the customer's thread."""
        (row,) = [row for row in self.thread() if row.direction is not None]
        return row

    def sent(self, wamid: str) -> MessageRow:
        """Return our row of a message that we sent."""
        return Messages(self.ctx).get(self.contact.id, message_id_of(wamid))

    def account(self) -> AccountRow:
        """Return the account as it is now."""
        return Accounts(self.ctx).get(self.number.waba_id)

    def numbers(self) -> NumberRow:
        """Return the number as it is now."""
        return Numbers(self.ctx).get(self.number.id)

    def template(self, number_of: int = 1) -> TemplateRow:
        """Return a template of the samples as it is now."""
        return Templates(self.ctx).get(f"tpl_{number_of:026d}")


def connect(ctx: TenantContext, phone_number_id: str, waba_id: str, shown: str) -> NumberRow:
    """Connect a number."""
    return Numbers(ctx).connect(
        Connection(
            phone_number_id=phone_number_id,
            waba_id=waba_id,
            display_phone_number=shown,
            verified_name="Acme",
            quality_rating="GREEN",
            throughput_level="STANDARD",
            status="CONNECTED",
            token_ciphertext=b"x",
        ),
        1,
    )


def add_template(ctx: TenantContext, number: NumberRow, number_of: int) -> None:
    """Write a template that the samples are about."""
    row = TemplateRow(
        ctx.tenant_id,
        f"tpl_{number_of:026d}",
        number_id=number.id,
        waba_id=number.waba_id,
        meta_template_id=f"70000000000000{number_of}",
        name="winter_sale",
        language=("en_US", "pt_BR")[number_of - 1],
        category="UTILITY",
        status="PENDING",
        components=[{"type": "BODY", "text": "Hi {{1}}"}],
        variables=["body.1"],
        created_at=1,
        updated_at=1,
    )
    Templates(ctx).add(row)


@pytest.fixture
def site(ctx: TenantContext) -> Site:
    """Give the tenant of the first number of the samples; Ana is not known yet."""
    number = connect(ctx, "300000000000001", "200000000000001", "+1 555-010-0001")
    contact = Contacts(ctx).find_or_create_by_identity(
        phone="+4915550123456", bsuid=None, profile_name="Whom we write to", now_ms=1
    )
    for number_of in (1, 2):
        add_template(ctx, number, number_of)
    return Site(ctx, number, contact)


@pytest.fixture
def other_number(other_ctx: TenantContext) -> NumberRow:
    """Connect the number of the samples' second account for another tenant."""
    return connect(other_ctx, "300000000000003", "200000000000002", "+44 7700 900003")
