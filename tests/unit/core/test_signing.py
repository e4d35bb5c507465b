"""Signed values that leave and come back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.core.keys import Key, KeyRing
from chalicelib.core.signing import decode_cursor, encode_cursor, is_tag, short_tag

KEYS = st.dictionaries(
    st.sampled_from(["tenant_id", "id", "name_key"]),
    st.dictionaries(st.sampled_from("SN"), st.text(max_size=20), min_size=1, max_size=1),
    min_size=1,
)


@settings(max_examples=60)
@given(key=KEYS, scope=st.text(max_size=20))
def test_cursor_comes_back(key: dict[str, dict[str, str]], scope: str) -> None:
    """Any of DynamoDB's keys comes back from its cursor, in a form that a URL holds."""
    cursor = encode_cursor(scope, key)
    assert cursor is not None
    assert cursor.isascii()
    assert decode_cursor(scope, cursor) == key


@settings(max_examples=60)
@given(key=KEYS, data=st.data())
def test_altered_cursor_is_refused(key: dict[str, dict[str, str]], data: st.DataObject) -> None:
    """A cursor with any one character changed is refused, and never a crash."""
    cursor = encode_cursor("ten_a|contacts", key) or ""
    place = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != cursor[place]))
    altered = cursor[:place] + other + cursor[place + 1 :]
    with pytest.raises(Invalid):
        decode_cursor("ten_a|contacts", altered)


@pytest.mark.parametrize("cursor", ["", ".", "x", "x.y", "é.ö", "a.b.c"])
def test_made_up_cursor_is_refused(cursor: str) -> None:
    """A cursor that nobody made is a field error that says what to do."""
    with pytest.raises(Invalid, match="start again without a cursor") as caught:
        decode_cursor("ten_a|contacts", cursor)
    assert caught.value.errors[0].field == "cursor"


def test_cursor_of_another_list_is_refused() -> None:
    """A cursor of one tenant's list opens no other tenant's."""
    cursor = encode_cursor("ten_a|contacts", {"id": {"S": "con_a"}})
    with pytest.raises(Invalid):
        decode_cursor("ten_b|contacts", cursor)


def test_no_cursor() -> None:
    """The last page has no cursor, and the first needs none."""
    assert encode_cursor("s", None) is None
    assert decode_cursor("s", None) is None


def test_tag() -> None:
    """A tag is 16 characters, and good for its text and key only."""
    tag = short_tag(b"key", "text")
    assert len(tag) == 16
    ring, other = (KeyRing("any", (Key("k", secret),)) for secret in (b"key", b"other"))
    assert is_tag(ring, "text", tag, 0)
    assert not is_tag(ring, "texts", tag, 0)
    assert not is_tag(other, "text", tag, 0)
    assert not is_tag(ring, "text", "é", 0)
