"""Lambda of the mail queue: links that reset, verify and invite, and notices."""

from __future__ import annotations

from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services import mail, mail_notices

handler = Consumer(
    {"link": mail.send_link, "notice": mail_notices.send_notice}, may_be_nobodys=True
)
