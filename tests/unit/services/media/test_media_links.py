"""Names and dispositions: what a browser is told of a file cannot be turned against anybody."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given, strategies as st

from chalicelib.services.media_links import MAX_NAME, disposition, safe_filename


@pytest.mark.parametrize(
    ("given_name", "mime_type", "wanted"),
    [
        ("Contrato nº 5.pdf", "application/pdf", "Contrato nº 5.pdf"),
        ("../../etc/passwd", "text/plain", "passwd"),
        ("c:\\temp\\plan.xlsx", "", "plan.xlsx"),
        ("annexe\u202efdp.exe", "application/pdf", "annexefdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "application/pdf", "aSet-Cookie: x.pdf"),
        ("", "image/jpeg", "msg_1.jpg"),
        (" . ", "application/pdf", "msg_1.pdf"),
        ("", "application/x-no-such", "msg_1"),
        ("x" * 300 + ".pdf", "application/pdf", "x" * (MAX_NAME - 4) + ".pdf"),
    ],
)
def test_names(given_name: str, mime_type: str, wanted: str) -> None:
    """A name is a name only; one that is missing follows from the type."""
    assert safe_filename(given_name, mime_type, "msg_1") == wanted


@given(st.text(max_size=300))
def test_dispositions_are_one_header(name: str) -> None:
    """Whatever a customer calls a file, the header is ASCII on one line and gives the name back."""
    safe = safe_filename(name, "application/pdf", "file")
    header = disposition(safe, is_shown=False)
    matched = re.fullmatch(
        r"attachment; filename=\"([A-Za-z0-9 ._-]*)\"; filename\*=UTF-8''([A-Za-z0-9%._~-]+)",
        header,
    )
    assert matched is not None
    assert unquote(matched[2]) == safe
    assert 0 < len(safe) <= MAX_NAME
    assert disposition(safe, is_shown=True).startswith("inline; ")
