"""Lambda of the mail queue: links to reset a password, verify an e-mail, join a team."""

from __future__ import annotations

from chalicelib.handlers.queues.envelope import consumer
from chalicelib.services import mail

handler = consumer({"link": mail.send_link})
