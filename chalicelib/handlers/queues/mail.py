"""Lambda of the mail queue: links to reset a password, verify an e-mail, join a team."""

from __future__ import annotations

from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services import mail

handler = Consumer({"link": mail.send_link}, may_be_nobodys=True)
