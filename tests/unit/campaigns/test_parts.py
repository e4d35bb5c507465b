"""Frozen parts: what is written is what is read, and chunks cover every recipient once."""

from __future__ import annotations

import math

from hypothesis import given, strategies as st

from chalicelib.services.campaigns.audience import Recipient, read_line
from chalicelib.services.campaigns.parts import decode_part, encode_part
from chalicelib.services.campaigns.sampling import canary_first, share_of

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


@given(PEOPLE, st.integers(1, 25), st.integers(0, 50))
def test_chunks_cover_the_recipients_once(people: list[Recipient], size: int, percent: int) -> None:
    """Read by its byte range, each chunk gives its own recipients, and together they are all; those
    of the canary are in chunks of their own.
    """
    body = encode_part(*_with_canary(people, percent))
    part = decode_part(3, body)
    assert sum(c.size for c in part.chunks(size) if c.is_canary) == part.canary
    seen: list[Recipient] = []
    for chunk in part.chunks(size):
        own = [
            read_line(line)
            for line in body[chunk.offset : chunk.offset + chunk.length].splitlines()
        ]
        assert len(own) == chunk.size == len(chunk.marks) <= size
        assert chunk.is_canary is (len(seen) < part.canary)
        seen += own
    assert [chunk.chunk_id for chunk in part.chunks(size)] == sorted(
        {chunk.chunk_id for chunk in part.chunks(size)}
    )
    assert seen == list(part.recipients)


@given(PEOPLE, st.integers(1, 25), st.integers(1, 25))
def test_chunks_are_cut_as_was_frozen(people: list[Recipient], size: int, other: int) -> None:
    """Whoever cuts a part again gets the same chunks, whatever the number's rate is by then."""
    part = decode_part(3, encode_part(people, None, chunk=size))
    again = decode_part(3, part.body)
    cut = [(one.chunk_id, one.offset, one.length) for one in part.chunks(size)]
    assert [(one.chunk_id, one.offset, one.length) for one in again.chunks(other)] == cut
    assert max((one.size for one in part.chunks(other)), default=0) <= size


def _with_canary(people: list[Recipient], percent: int) -> tuple[list[Recipient], None, int]:
    ordered, count = canary_first(people, percent, "cmp_1", 0)
    return ordered, None, count


@given(st.lists(PEOPLE, max_size=5), st.integers(0, 50))
def test_canary_is_the_share_of_all(pages: list[list[Recipient]], percent: int) -> None:
    """Page by page it adds up to the share of the whole, rounded up, and nobody is lost."""
    before = total = 0
    for page in pages:
        ordered, count = canary_first(page, percent, "cmp_1", before)
        assert sorted(one.contact_id for one in ordered) == sorted(o.contact_id for o in page)
        assert all(one.skip is None for one in ordered[:count])
        before += sum(one.skip is None for one in page)
        total += count
    assert total == share_of(before, percent) == math.ceil(before * percent / 100)


def test_canary_is_fair() -> None:
    """The order of the list plays no part, and another campaign has other people first."""
    people = [Recipient(f"con_{i:04}", "+1", f"msg_{i}", {}) for i in range(500)]
    first, count = canary_first(people, 10, "cmp_1", 0)
    again, _ = canary_first(people[::-1], 10, "cmp_1", 0)
    other, _ = canary_first(people, 10, "cmp_2", 0)
    chosen = {one.contact_id for one in first[:count]}
    assert chosen == {one.contact_id for one in again[:count]}
    assert len(chosen & {one.contact_id for one in other[:count]}) < 15
    places = [int(contact_id[4:]) for contact_id in chosen]
    assert 180 < sum(places) / len(places) < 320
