"""The signature of webhooks, against vectors made apart from Parley."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.whatsapp.signature import is_signed

PAYLOADS = Path(__file__).parents[2] / "payloads"
VECTORS: dict[str, Any] = json.loads((PAYLOADS / "_signature_vectors.json").read_text())
SECRET = VECTORS["app_secret"]
FILES = sorted(VECTORS["files"])


def _vector(name: str) -> tuple[bytes, str]:
    return (PAYLOADS / name).read_bytes(), VECTORS["files"][name]["X-Hub-Signature-256"]


@pytest.mark.parametrize("name", FILES)
def test_vectors_verify(name: str) -> None:
    """Each of Meta's wire bodies verifies with its own signature."""
    raw, header = _vector(name)
    assert is_signed(raw, header, (SECRET,))


@pytest.mark.parametrize("name", FILES)
def test_body_written_again_does_not_verify(name: str) -> None:
    """A body that was parsed and dumped with other escapes is refused: raw bytes count."""
    raw, header = _vector(name)
    again = json.dumps(json.loads(raw), ensure_ascii=False).encode()
    assert not is_signed(again, header, (SECRET,))


def test_either_secret_verifies_during_a_rotation() -> None:
    """The old and the new secret both verify while both are configured, in any order."""
    raw, header = _vector(FILES[0])
    assert is_signed(raw, header, ("new-secret", SECRET))
    assert is_signed(raw, header, (SECRET, "new-secret"))
    assert not is_signed(raw, header, ("new-secret",))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        "sha1=0000",
        "sha256=" + "0" * 64,
        "sha256=é\ud800",
        "SHA256=x",
    ],
)
def test_wrong_headers_are_refused(header: str | None) -> None:
    """A missing, foreign, malformed or non-ASCII header is refused and never raises."""
    raw, _ = _vector(FILES[0])
    assert not is_signed(raw, header, (SECRET,))


def test_one_changed_byte_or_letter_is_refused() -> None:
    """Neither an altered body nor a signature in upper case passes."""
    raw, header = _vector(FILES[0])
    assert not is_signed(raw + b" ", header, (SECRET,))
    assert not is_signed(raw, header.upper().replace("SHA256", "sha256"), (SECRET,))


def test_no_secret_means_no_delivery() -> None:
    """Without a configured secret nothing verifies."""
    raw, header = _vector(FILES[0])
    assert not is_signed(raw, header, ())
