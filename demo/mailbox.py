"""The mails of the demo's own person: the files that the local stack keeps of what it sent."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

_PATIENCE_S = 30.0
_EVERY_S = 0.2


class NoMail(Exception):
    """No mail with a link came in time; the message says what came instead."""


class Mailbox:
    """The mails to one address in the folder of a stack."""

    def __init__(
        self, folder: Path, address: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._folder = folder
        self._address = address
        self._sleep = sleep
        self._seen = set(self._files())

    def registration_token(self) -> str:
        """Return what the link of a sign-up carries that comes from now on; raise NoMail."""
        return self.token("finish-registration")

    def token(self, page: str, patience_s: float = _PATIENCE_S) -> str:
        """Return what a link to a page of the app carries that comes from now on; raise NoMail."""
        wanted = re.compile(rf"/{re.escape(page)}#token=(\S+)")
        subjects: list[str] = []
        for _ in range(int(patience_s / _EVERY_S)):
            for file in sorted(set(self._files()) - self._seen):
                self._seen.add(file)
                mail = _read(file)
                if str(mail["To"]) != self._address:
                    continue
                found = wanted.search(mail.get_content())
                if found is not None:
                    return found.group(1)
                subjects.append(str(mail["Subject"]))
            if subjects:
                break
            self._sleep(_EVERY_S)
        came = f"only: {'; '.join(subjects)}" if subjects else "no mail at all"
        message = f"The mail with the link to {page} did not come, {came}."
        raise NoMail(message)

    def _files(self) -> list[Path]:
        return list(self._folder.glob("*.eml"))


def _read(file: Path) -> EmailMessage:
    with file.open("rb") as opened:
        return email.message_from_binary_file(opened, policy=email.policy.default)
