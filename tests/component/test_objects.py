"""Files in the bucket: whole, in ranges and in pieces, written once, each tenant's apart."""

from __future__ import annotations

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.storage import objects as module
from chalicelib.storage.objects import Objects

CSV = "text/csv"


def test_whole_ranges_and_pieces(ctx: TenantContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read whole, by range, and in pieces from any byte on; past the end is nothing."""
    monkeypatch.setattr(module, "_PIECE_BYTES", 4)
    objects, body = Objects(ctx), b"0123456789ab"
    objects.put("imports", "a.csv", body, CSV)
    assert objects.get("imports", "a.csv") == body
    assert objects.size("imports", "a.csv") == 12
    assert objects.get_range("imports", "a.csv", 2, 3) == b"23"
    assert objects.get_range("imports", "a.csv", 10, 99) == b"ab"
    assert objects.get_range("imports", "a.csv", 12, 99) == b""
    assert list(objects.stream("imports", "a.csv")) == [b"0123", b"4567", b"89ab"]
    assert b"".join(objects.stream("imports", "a.csv", 5)) == body[5:]
    objects.put("imports", "a.csv", b"", CSV)
    assert list(objects.stream("imports", "a.csv")) == []


def test_once(ctx: TenantContext) -> None:
    """The first to write a file once wins; the second is told and changes nothing."""
    objects = Objects(ctx)
    assert objects.put_once("campaigns", "part-0", b"first", CSV)
    assert not objects.put_once("campaigns", "part-0", b"second", CSV)
    assert objects.get("campaigns", "part-0") == b"first"


def test_isolation(ctx: TenantContext, other_ctx: TenantContext) -> None:
    """A file of another tenant, of another area or of nobody is not found."""
    Objects(ctx).put("imports", "a.csv", b"mine", CSV)
    theirs = Objects(other_ctx)
    for read in (
        lambda: theirs.get("imports", "a.csv"),
        lambda: theirs.get_range("imports", "a.csv", 0, 1),
        lambda: theirs.size("imports", "a.csv"),
        lambda: list(theirs.stream("imports", "a.csv")),
        lambda: Objects(ctx).get("campaigns", "a.csv"),
    ):
        with pytest.raises(NotFound):
            read()
    assert theirs.put_once("imports", "a.csv", b"theirs", CSV)
    assert Objects(ctx).get("imports", "a.csv") == b"mine"
