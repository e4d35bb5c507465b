"""Frozen parts: what is written is what is read, and chunks cover every recipient once."""

from __future__ import annotations

from hypothesis import given, strategies as st

from chalicelib.services.campaigns.audience import Recipient, read_line
from chalicelib.services.campaigns.parts import decode_part, encode_part

TEXT = st.text(max_size=20)
PEOPLE = st.lists(
    st.builds(
        Recipient,
        contact_id=st.uuids().map(str),
        to=TEXT,
        message_id=st.uuids().map(str),
        values=st.dictionaries(st.sampled_from(["body.1", "body.2"]), TEXT),
        skip=st.none(),
    )
    | st.builds(
        Recipient,
        contact_id=st.uuids().map(str),
        to=TEXT,
        message_id=st.just(""),
        values=st.just({}),
        skip=st.sampled_from(["opted_out", "no_address"]),
    ),
    max_size=60,
)


@given(PEOPLE, st.none() | st.uuids().map(str))
def test_part_round_trip(people: list[Recipient], cursor: str | None) -> None:
    """Nobody is lost between freezing a part and reading it, whatever the texts hold."""
    part = decode_part(0, encode_part(people, cursor))
    assert part.next_cursor == cursor
    assert [*part.recipients, *part.skipped] == sorted(people, key=lambda one: one.skip is not None)
    assert sum(part.skipped_by_reason.values()) == len(part.skipped)


@given(PEOPLE, st.integers(1, 25))
def test_chunks_cover_the_recipients_once(people: list[Recipient], size: int) -> None:
    """Read by its byte range, each chunk gives its own recipients, and together they are all."""
    body = encode_part(people, None)
    part = decode_part(3, body)
    seen: list[Recipient] = []
    for chunk in part.chunks(size):
        own = [
            read_line(line)
            for line in body[chunk.offset : chunk.offset + chunk.length].splitlines()
        ]
        assert len(own) == chunk.size == len(chunk.marks) <= size
        seen += own
    assert seen == list(part.recipients)
