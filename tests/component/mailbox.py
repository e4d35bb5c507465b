"""The mails that Parley sent: the mail queue's messages given to its Lambda, SES in moto."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto.sqs.models import sqs_backends

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.handlers.queues import mail
from tests.component import cloud


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as its reader sees it."""

    to: str
    subject: str
    text: str

    @property
    def token(self) -> str:
        """Return what the mail's link carries."""
        found = re.search(r"#token=(\S+)", self.text)
        assert found is not None
        return found.group(1)


def deliver() -> int:
    """Work off the mail queue; return how many messages were there."""
    cloud.end_delays()
    url = settings().mail_queue_url
    done = 0
    while True:
        answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        records = [
            {"messageId": m["MessageId"], "body": m["Body"]} for m in answer.get("Messages", [])
        ]
        if not records:
            return done
        assert mail.handler({"Records": records}, None) == {"batchItemFailures": []}
        for message in answer["Messages"]:
            aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        done += len(records)


def waiting() -> list[dict[str, str]]:
    """Return the envelopes on the mail queue."""
    (queue,) = [
        q
        for q in sqs_backends[DEFAULT_ACCOUNT_ID][cloud.REGION].queues.values()
        if q.name.endswith("-mail")
    ]
    return [json.loads(message.body) for message in queue._messages]


def mails(to: str | None = None) -> list[Mail]:
    """Work off the queue, then return what was sent, in order; to one address, if it is given."""
    deliver()
    backend = ses_backends[DEFAULT_ACCOUNT_ID][cloud.REGION]
    found = [
        Mail(m.destinations["ToAddresses"][0], m.subject, _words(m.body))
        for m in backend.sent_messages
    ]
    return [m for m in found if to is None or m.to == to]


def _words(page: str) -> str:
    """Return the words of a mail: of one that is text and HTML, moto keeps the HTML alone."""
    lines = page.replace("<br>", "\n").replace("</p>", "\n\n")
    return html.unescape(re.sub(r"<[^>]+>", "", lines))
