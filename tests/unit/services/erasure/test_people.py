"""What stands in an erased person's place takes as many bytes, and tells nothing of the person."""

from __future__ import annotations

import json
import string
from itertools import pairwise

from hypothesis import given, strategies as st

from chalicelib.core.ids import random_id
from chalicelib.services.campaigns.audience import Recipient, read_line
from chalicelib.services.campaigns.listed import listed_line
from chalicelib.services.campaigns.parts import decode_part, encode_part
from chalicelib.services.erasure.people import blank_line, blank_record, is_nobody
from chalicelib.services.imports.columns import Column
from chalicelib.services.imports.reading import Layout, read_records
from chalicelib.whatsapp.markets import country_of

PHONES = st.from_regex(r"\+49151[0-9]{7,8}", fullmatch=True)
TEXTS = st.text(max_size=40).filter(lambda text: "\x00" not in text)
VALUES = st.dictionaries(st.sampled_from(["body.1", "body.2"]), TEXTS, max_size=2)


@st.composite
def recipients(draw: st.DrawFn) -> Recipient:
    """Give somebody of an audience, who gets something or is skipped."""
    to = draw(PHONES)
    if draw(st.booleans()):
        return Recipient(random_id("con"), to, "", {}, draw(st.sampled_from(["opted_out"])))
    return Recipient(random_id("con"), to, random_id("msg"), draw(VALUES))


@given(st.lists(recipients(), min_size=1, max_size=8), st.data())
def test_a_part_without_one_person(people: list[Recipient], data: st.DataObject) -> None:
    """Each other's line is the same bytes at the same place; the person's has country and message
    id alone; again, it changes nothing.
    """
    body = encode_part(people, "con_next|0")
    gone = data.draw(st.sampled_from(people))
    lines = body.splitlines(keepends=True)
    new = [blank_line(line, {gone.contact_id}) or line for line in lines]
    assert [len(line) for line in new] == [len(line) for line in lines]
    assert sum(a != b for a, b in zip(lines, new, strict=True)) == 1
    part = decode_part(0, b"".join(new))
    (nobody,) = [
        one for one in (*part.recipients, *part.skipped) if one.contact_id == gone.contact_id
    ]
    assert is_nobody(nobody.to)
    assert country_of(nobody.to) == country_of(gone.to)
    assert (nobody.message_id, dict(nobody.values), nobody.skip) == (gone.message_id, {}, gone.skip)
    assert all(blank_line(line, {gone.contact_id}) is None for line in new)


@given(st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_a_line_of_a_list(row: dict[str, str]) -> None:
    """A gathered line keeps its id and its length, and loses its cells."""
    contact_id = random_id("con")
    line = listed_line(contact_id, row)
    blank = blank_line(line, {contact_id}) or line
    assert len(blank) == len(line)
    assert json.loads(blank) == {"c": contact_id}


CELLS = st.text(alphabet=string.ascii_letters + ' ,"\n;äé', max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.data())
def test_a_record_of_a_csv(rows: list[tuple[str, str]], data: st.DataObject) -> None:
    """Without one record every other is read as before, with its row's number, and the file is as
    long as it was: whichever encoding, with quotes and line ends inside of cells.
    """
    import csv
    import io

    encoding = data.draw(st.sampled_from(["utf-8", "utf-16-le", "cp1252"]))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([(f"x{first}", second) for first, second in rows])
    body = text.getvalue().encode(encoding)
    layout = Layout(encoding, ",", (Column("a", ""), Column("b", "")), 0, 2)
    before = list(read_records([body], layout))
    gone = data.draw(st.integers(0, len(before) - 1))
    ends = [0, *(record.end for record in before)]
    pieces = [body[a:b] for a, b in pairwise(ends)]
    pieces[gone] = blank_record(pieces[gone], encoding) or pieces[gone]
    assert len(b"".join(pieces)) == len(body)
    after = list(read_records([b"".join(pieces)], layout))
    assert [(r.row, r.end) for r in after] == [(r.row, r.end) for r in before]
    assert after[gone].is_blank
    assert [r.cells for n, r in enumerate(after) if n != gone] == [
        r.cells for n, r in enumerate(before) if n != gone
    ]


def test_others_lines_are_left_alone() -> None:
    """The head of a part, a line of somebody else and anything else is not touched."""
    line = Recipient(random_id("con"), "+4915112345678", random_id("msg"), {}).line().encode()
    assert read_line(line).to
    for other in (line, b'{"next":null}', b"", b"\n"):
        assert blank_line(other, {random_id("con")}) is None
