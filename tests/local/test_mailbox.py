"""Mails on this machine: what the emulator's SES took is there as a file, once, for its owner."""

from __future__ import annotations

import email
import email.policy
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from infra.local.mailbox import Mailbox

MINISTACK = {
    "messages": {
        "000000000000": [
            {
                "MessageId": "11111111-aaaa@email",
                "Source": "parley@parley.example",
                "To": ["ada@bakery.example"],
                "Subject": "Grüße\r\nBcc: eve@evil.example",
                "BodyText": "Hier: http://127.0.0.1:3001/join#token=x",
                "Timestamp": 1_790_000_000.5,
            }
        ]
    }
}
LOCALSTACK = {
    "messages": [
        {
            "Id": "22222222-bbbb",
            "Source": "parley@parley.example",
            "Destination": {"ToAddresses": ["ada@bakery.example"]},
            "Subject": "Hello",
            "Body": {"text_part": "Hi", "html_part": None},
            "Timestamp": "2026-11-26T01:00:00Z",
        }
    ]
}


class Emulator(BaseHTTPRequestHandler):
    """Lists mails as the emulator does whose path it is told to have."""

    lists: ClassVar[dict[str, Any]] = {}

    def do_GET(self) -> None:
        """Answer a list, or 404."""
        found = self.lists.get(self.path)
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """Give the address of a stand-in for the emulator's list of mails."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Emulator)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "listed", "subject"),
    [
        ("/_ministack/ses/messages", MINISTACK, "Grüße Bcc: eve@evil.example"),
        ("/_aws/ses", LOCALSTACK, "Hello"),
    ],
)
def test_mails_are_kept_once(
    url: str, tmp_path: Path, path: str, listed: dict[str, Any], subject: str
) -> None:
    """Each mail is one file that its owner alone can read, however often it is listed."""
    Emulator.lists = {path: listed}
    folder = tmp_path / "mail"
    with Mailbox(url, folder) as mailbox:
        assert mailbox.collect()
        assert mailbox.collect()
    (file,) = folder.iterdir()
    assert (file.suffix, file.stat().st_mode & 0o077) == (".eml", 0)
    with file.open("rb") as opened:
        mail = email.message_from_binary_file(opened, policy=email.policy.default)
    assert (mail["To"], mail["Subject"]) == ("ada@bakery.example", subject)
    assert mail["Bcc"] is None


def test_an_aws_without_a_list_is_left_alone(url: str, tmp_path: Path) -> None:
    """A real AWS lists no mails: nothing is written, and it is not asked again."""
    Emulator.lists = {}
    mailbox = Mailbox(url, tmp_path / "mail")
    assert mailbox.collect() is False
