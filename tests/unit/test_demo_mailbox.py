"""The demo's look into the mails of its stack: the new one with the link, or what came instead."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from demo.mailbox import Mailbox, NoMail

LINK = "http://127.0.0.1:3001/finish-registration#token="


def put(folder: Path, name: str, *, to: str = "dana@parley.example", text: str = "") -> None:
    """Put a mail into the folder."""
    mail = EmailMessage()
    mail["To"], mail["Subject"] = to, "Finish" if LINK in text else "You already have an account"
    mail.set_content(text)
    (folder / f"{name}.eml").write_bytes(mail.as_bytes())


def test_new_mail_of_the_right_person(tmp_path: Path) -> None:
    """Older mails, and other people's, are passed over; the link's token may be long."""
    token = "t" * 90
    put(tmp_path, "1", text=f"Finish here:\n{LINK}old\n")
    waits: list[float] = []

    def arrive(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            put(tmp_path, "2", to="eve@parley.example", text=f"{LINK}eves\n")
            put(tmp_path, "3", text=f"Finish here:\n{LINK}{token}\n\nBye\n")

    mailbox = Mailbox(tmp_path, "dana@parley.example", sleep=arrive)
    assert mailbox.registration_token() == token
    assert len(waits) == 2


def test_says_what_came_instead(tmp_path: Path) -> None:
    """Who has an account gets a mail without a link, and where nothing comes that is said."""
    mailbox = Mailbox(tmp_path, "dana@parley.example", sleep=lambda _s: None)
    with pytest.raises(NoMail, match="no mail at all"):
        mailbox.registration_token()
    put(tmp_path, "1", text="Sign in here")
    with pytest.raises(NoMail, match="only: You already have an account"):
        mailbox.registration_token()
