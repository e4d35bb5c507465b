"""Lambda of the mail queue: links to sign up, reset, verify and join, and notices."""

from __future__ import annotations

from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services import mail, mail_notices

handler = Consumer(
    {
        "link": mail.send_link,
        "signup": mail.send_signup,
        "notice": mail_notices.send_notice,
    },
    may_be_nobodys=True,
)
