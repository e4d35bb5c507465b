"""Envelopes: whatever is written is read again, and whatever else there is, is not guessed at."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from chalicelib.core.envelopes import VERSION, UnknownEnvelope, read_envelope, write_envelope
from chalicelib.core.ids import random_id

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
OWN = {"v", "type", "type_", "tenant_id"}


@given(st.text(min_size=1), st.dictionaries(st.text(min_size=1), VALUES))
def test_what_was_written_is_read(type_: str, members: dict[str, object]) -> None:
    """Members come back as they were given."""
    tenant_id = random_id("ten")
    mine = {name: value for name, value in members.items() if name not in OWN}
    read = read_envelope(write_envelope(type_, tenant_id, **mine))
    assert read == {"v": VERSION, "type": type_, "tenant_id": tenant_id, **mine}


@given(st.text() | VALUES.map(json.dumps))
def test_nothing_else_is_an_envelope(body: str) -> None:
    """Any text and any JSON is refused in the one way that the consumers know."""
    with pytest.raises(UnknownEnvelope):
        read_envelope(body)


@given(VALUES.filter(lambda version: version != VERSION))
def test_another_version_is_refused(version: object) -> None:
    """Neither an older nor a newer version is guessed at."""
    body = json.loads(write_envelope("send", random_id("ten")))
    with pytest.raises(UnknownEnvelope):
        read_envelope(json.dumps({**body, "v": version}))
