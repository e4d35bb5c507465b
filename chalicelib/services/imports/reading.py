"""From the bytes of a file to its records: encoding, delimiter, and where in the file each ends.

Nothing here holds more than a piece of the file, so that its size does not matter; a record's end
is a byte offset, so that the next slice can begin there in the file as it was uploaded.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.core.errors import Invalid
from chalicelib.services.exports.cells import from_text
from chalicelib.services.imports.columns import Column, has_address, read_columns

HEAD_BYTES = 256 * 1024
MAX_CELL = 10_000
# Longer than all the columns that are taken, with the longest cells.
MAX_LINE = 1_000_000

_DELIMITERS = (",", ";", "\t", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook (.xlsx) or another zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
)
# Excel's own first line, which names the delimiter.
_DELIMITER_HINT = re.compile(r"sep=(.)(?:\r\n|\r|\n)", re.IGNORECASE)
_CP1252_GAPS = b"\x81\x8d\x8f\x90\x9d"
# Above every limit of a value.
_MOST_OF_A_CELL = 1000


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read, and where its first record after the header begins."""

    encoding: str
    delimiter: str
    columns: tuple[Column, ...]
    offset: int
    row: int


@dataclass(frozen=True, slots=True)
class Record:
    """One row; `row` counts as a spreadsheet does, `end` is the byte after it."""

    row: int
    cells: list[str]
    end: int

    @property
    def is_blank(self) -> bool:
        """Whether nothing but space stands in the row."""
        return not any(cell and not cell.isspace() for cell in self.cells)


def find_encoding(chunks: Iterable[bytes], *, is_whole: bool = True) -> str:
    """Return the encoding of a file: UTF-8, UTF-16 (by its mark) or Windows-1252.

    Raises Invalid: `empty_file`, `not_text`. `is_whole` is False where only a beginning is known.
    """
    head = b""
    utf8 = codecs.getincrementaldecoder("utf-8")("strict")
    is_utf8, is_cp1252, is_empty = True, True, True
    for chunk in chunks:
        if len(head) < 4:
            head = (head + chunk)[:4]
            _refuse_magic(head)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
        if b"\0" in chunk:
            raise _not_text("The file is binary, not text")
        is_empty = is_empty and not chunk.removeprefix(codecs.BOM_UTF8).strip()
        is_cp1252 = is_cp1252 and not any(gap in chunk for gap in _CP1252_GAPS)
        is_utf8 = is_utf8 and _decodes(utf8, chunk)
    if is_empty:
        raise _empty()
    if is_utf8 and (not is_whole or _decodes(utf8, b"", final=True)):
        return "utf-8"
    if is_cp1252:
        return "cp1252"
    raise _not_text("The file's text is neither UTF-8 nor UTF-16 nor Windows-1252")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_magic(head: bytes) -> None:
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise _not_text(f"The file looks like {what}")


def _not_text(what: str) -> Invalid:
    return Invalid(f"{what}. Save it as CSV (UTF-8) and send that.", code="not_text")


def _empty() -> Invalid:
    return Invalid("The file is empty; send a CSV with a header and rows.", code="empty_file")


def read_layout(head: bytes, encoding: str) -> Layout:
    """Return how to read the file that begins with `head` (HEAD_BYTES of it suffice).

    Raises Invalid: `empty_file`, `no_phone_column`, `duplicate_columns`, `too_many_columns`,
    `field_too_long`.
    """
    bom = next((m for m, name in _BOMS if name == encoding and head.startswith(m)), b"")
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head[len(bom) :])
    hint = _DELIMITER_HINT.match(text)
    if hint is None:
        start = Layout(encoding, _find_delimiter(text), (), len(bom), 1)
    else:
        start = Layout(encoding, hint[1], (), len(bom) + len(hint[0].encode(encoding)), 2)
    for record in read_records([head[start.offset :]], start):
        if not record.is_blank:
            columns = read_columns(record.cells)
            return Layout(encoding, start.delimiter, columns, record.end, record.row + 1)
    raise _empty()


def _find_delimiter(text: str) -> str:
    """Return the delimiter that makes the most of the header, a phone or user id first of all."""

    def score(delimiter: str) -> tuple[bool, int]:
        lines = io.StringIO(text.lstrip("\r\n"), newline="")
        try:
            header = next(csv.reader(lines, delimiter=delimiter), [])
        except csv.Error:
            return False, 0
        return has_address(header), len(header)

    return max(_DELIMITERS, key=score)


class _Pieces(io.RawIOBase):
    """The pieces of a file, as a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` with what comes next; return how many bytes, 0 at the end."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def read_records(chunks: Iterable[bytes], layout: Layout) -> Iterator[Record]:
    """Yield the records from `layout.offset` on, where `chunks` begin; blank ones too.

    Raises Invalid `broken_row` or `field_too_long`, naming the row, for a quote that is never
    closed, a cell over MAX_CELL characters, or bytes that are not of the encoding.
    """
    offset = layout.offset
    pulled: list[str] = []

    def lines() -> Iterator[str]:
        nonlocal offset
        # newline="" keeps line ends as they are, and so the count of bytes exact.
        text = io.TextIOWrapper(
            io.BufferedReader(_Pieces(chunks), HEAD_BYTES), layout.encoding, newline=""
        )
        # A piece at a time, for a file may be one line of half a gigabyte.
        while line := text.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise _too_long(row)
            offset += len(line.encode(layout.encoding))
            pulled.append(line)
            yield line

    row = layout.row
    last_lines: list[str] = []
    try:
        for cells in csv.reader(lines(), delimiter=layout.delimiter):
            if max(map(len, cells), default=0) > MAX_CELL:
                raise _too_long(row)
            yield Record(row, cells, offset)
            last_lines = pulled.copy() if len(pulled) > 1 else []
            pulled.clear()
            row += 1
    except csv.Error:
        raise _too_long(row) from None
    except UnicodeDecodeError:
        raise Invalid(
            f"Row {row} holds bytes that are not {layout.encoding}; save the file as UTF-8.",
            code="broken_row",
        ) from None
    if last_lines:
        _check_closed(last_lines, layout.delimiter, row - 1)


def _check_closed(lines: list[str], delimiter: str, row: int) -> None:
    """Raise Invalid if a quote is still open at the end of the file's last record."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            raise Invalid(
                f'Row {row} opens a quote (") that is never closed; close or remove it.',
                code="broken_row",
            ) from None


def _too_long(row: int) -> Invalid:
    return Invalid(
        f'Row {row} has a cell of more than {MAX_CELL} characters; probably a quote (") in it or '
        "before it is never closed.",
        code="field_too_long",
    )


def count_rows(chunks: Iterable[bytes], layout: Layout) -> int:
    """Return how many rows with content follow the header, reading them all; raise Invalid.

    `no_rows` if there is none; else as `read_records`.
    """
    total = sum(not record.is_blank for record in read_records(chunks, layout))
    if total == 0:
        raise Invalid("The file has a header but no rows below it.", code="no_rows")
    return total


def clean_cell(cell: str) -> str:
    """Return a cell composed (NFC), without control characters, space made single, and without the
    apostrophe by which spreadsheets and Parley's exports mark a text.
    """
    # Cut, for NFC takes time by the square of odd texts.
    composed = unicodedata.normalize("NFC", from_text(cell)[:_MOST_OF_A_CELL])
    plain = "".join(c if c.isprintable() or _joins(c) else " " for c in composed)
    return " ".join(plain.split())


def _joins(character: str) -> bool:
    """Tell whether a character that prints nothing joins others, as in emoji and in Persian."""
    return character in "\u200c\u200d"
