"""Keeps the mails that Parley sends on this machine as files to be read: `.local/mail/*.eml`.

The emulator takes mail as SES does and delivers none; it lists what it took. A thread of the stack
asks for that list and writes each mail once. Links in mails let people in, so only the owner of the
folder may read it. An AWS that lists no mails (a real one delivers them) is asked no more.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

import httpx

_LISTS = ("/_ministack/ses/messages", "/_aws/ses")
_EVERY_S = 0.5
_PATIENCE_S = 5


class Mailbox:
    """The mails of one emulator, in one folder."""

    def __init__(self, endpoint_url: str, folder: Path) -> None:
        self._url = endpoint_url.rstrip("/")
        self._folder = folder
        self._stop = threading.Event()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="mailbox", daemon=True)

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_PATIENCE_S + _EVERY_S)

    def collect(self) -> bool:
        """Write the mails that are not written yet; False if this AWS lists none.

        Raises httpx.HTTPError where it cannot be reached, e.g. while it is started again.
        """
        for path in _LISTS:
            answer = httpx.get(f"{self._url}{path}", timeout=_PATIENCE_S)
            if answer.status_code == httpx.codes.OK and "json" in answer.headers["content-type"]:
                with self._writing:
                    for mail in _mails(answer.json()["messages"]):
                        self._keep(mail)
                return True
        return False

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY_S):
            try:
                if not self.collect():
                    return
            except httpx.HTTPError:
                continue

    def _keep(self, mail: EmailMessage) -> None:
        file = self._folder / _name(mail)
        if file.exists():
            return
        draft = file.with_suffix(".tmp")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(mail.as_bytes())
        draft.replace(file)


def _mails(listed: Any) -> Iterable[EmailMessage]:  # noqa: ANN401 - JSON of two emulators
    """Give the mails of a list: MiniStack's go by account, LocalStack's are one list."""
    groups = listed.values() if isinstance(listed, dict) else [listed]
    for group in groups:
        for item in group:
            yield _mail(item)


def _mail(item: Mapping[str, Any]) -> EmailMessage:
    found = EmailMessage()
    found["From"] = item["Source"]
    found["To"] = ", ".join(item.get("To") or item.get("Destination", {}).get("ToAddresses", []))
    found["Subject"] = _one_line(str(item.get("Subject") or ""))
    at = item.get("Timestamp") or 0
    moment = datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else None
    found["Date"] = moment or datetime.fromisoformat(str(at))
    found["Message-ID"] = f"<{item.get('MessageId') or item.get('Id')}>"
    text = item.get("BodyText") or (item.get("Body") or {}).get("text_part") or ""
    found.set_content(text, cte="8bit")  # its links stay whole in the file
    return found


def _name(mail: EmailMessage) -> str:
    """Return a mail's file: by time, then by who got it."""
    at = mail["Date"].datetime.astimezone(UTC)
    to, key = (re.sub(r"[^A-Za-z0-9@.-]", "_", str(mail[name])) for name in ("To", "Message-ID"))
    return f"{at:%Y%m%dT%H%M%S}-{to[:80]}-{key[1:13]}.eml"


def _one_line(text: str) -> str:
    return " ".join(text.split())
