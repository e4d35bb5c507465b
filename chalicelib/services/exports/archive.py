"""All that a business has, as a zip: JSON lines for each table, and its files, without secrets.

    <table>/000007.jsonl       some items of a table
    files/media/in/…           a file, under its path in the bucket
    manifest.json              how many there are of each; the last member

The zip is written page by page: a page is a few whole members, and where the next one goes on says
how many bytes came before it. What the zip's directory needs to know of a page's members is kept
beside the file until the end, so that no more than a page is in memory, and whoever comes after a
death writes the page after the last one that was noted.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from chalicelib.core.clock import Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.services.exports.sources import END, Page
from chalicelib.storage.exports import ExportRow
from chalicelib.storage.holdings import HELD, Held, Item, Partition, partition_of, rows_of
from chalicelib.storage.json_columns import json_columns
from chalicelib.storage.objects import Objects
from chalicelib.storage.removals import list_keys

# Tables of which nothing is exported: sign-ins, links of mails, answers to repeated requests.
LEFT_OUT = frozenset({"sessions", "mail_tokens", "idempotency"})
# What of an item is not; binary values (ciphertexts) never are.
SECRETS: dict[str, frozenset[str]] = {
    "users": frozenset({"password_hash", "recovery_hashes", "totp_step"}),
    "api_keys": frozenset({"secret_hash"}),
    "erasures": frozenset({"subject", "secret"}),
    "exports": frozenset({"upload", "tags", "rest", "cursor", "lease_owner", "lease_until"}),
}
AREAS = ("media/", "imports/", "campaigns/")
PAGE_BYTES = 8 * 1024 * 1024
_ROWS = 200
_FILES = 100
_INFO = (
    *("compress_type", "create_system", "create_version", "extract_version", "flag_bits"),
    *("external_attr", "CRC", "compress_size", "file_size", "header_offset"),
)


@dataclass(slots=True)
class _Place:
    """Where the walk stands: the stream, in it the row or file, and what came before.

    `parent` is where a walk over parents stands, `start` where the one over items does. `number`
    counts the pages, `offset` the bytes, `counts` the items of each table and the files.
    """

    stream: int = 0
    parent: Any = None
    start: Any = None
    number: int = 0
    offset: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def text(self) -> str:
        return json.dumps({name: getattr(self, name) for name in self.__slots__})


class _Sink(RawIOBase):
    """A stream that begins at a byte of the zip, and cannot go back."""

    def __init__(self, offset: int) -> None:
        self.data = bytearray()
        self._offset = offset

    def writable(self) -> bool:
        """Return True: it can be written."""
        return True

    def tell(self) -> int:
        """Return how many bytes of the zip there are so far."""
        return self._offset + len(self.data)

    def write(self, piece: Any) -> int:  # noqa: ANN401 - bytes of any kind
        """Take what comes next."""
        self.data += piece
        return len(piece)


class Archive:
    """The source of the export of a whole business; see `sources`."""

    def __init__(self, ctx: TenantContext, row: ExportRow, clock: Clock) -> None:
        self._ctx = ctx
        self._row = row
        self._clock = clock

    def head(self) -> bytes:
        """Return nothing: a zip begins with its first member."""
        return b""

    def page(self, cursor: str | None) -> Page:
        """Return the next members, or the zip's directory. 1 RRU per 4 KB, a request a file."""
        place = _Place(**json.loads(cursor)) if cursor else _Place()
        streams = _streams()
        if place.stream > len(streams):
            return Page(self._directory(place), 0, 0, END)
        sink = _Sink(place.offset)
        archive = ZipFile(sink, "w")
        if place.stream == len(streams):
            members = iter([("manifest.json", self._manifest(place), ZIP_DEFLATED)])
            place.stream, count = place.stream + 1, 0
        else:
            members, count = self._members(streams[place.stream], place)
        for name, body, how in members:
            archive.writestr(self._info(name, how), body)
        data = bytes(sink.data)
        self._keep(place.number, archive.infolist())
        archive.close()  # its directory is thrown away with the sink
        place.number, place.offset = place.number + 1, place.offset + len(data)
        return Page(data, count, count, place.text())

    def _info(self, name: str, how: int) -> ZipInfo:
        at = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        info = ZipInfo(name, at.timetuple()[:6])
        info.compress_type = how
        return info

    def _members(
        self, stream: tuple[Held, Partition | None] | str, place: _Place
    ) -> tuple[Iterator[tuple[str, bytes, int]], int]:
        """Return the members of the next page, and of how many things; `place` moves on."""
        if isinstance(stream, str):
            found = list(self._some_files(stream, place))
            place.counts["files"] = place.counts.get("files", 0) + len(found)
            return iter(found), len(found)
        held, part = stream
        name = held.table if part is None else part.table
        lines = self._some_items(held, part, place)
        place.counts[name] = place.counts.get(name, 0) + len(lines)
        if not lines:
            return iter(()), 0
        member = f"{name}/{place.number:06}.jsonl", b"".join(lines), ZIP_DEFLATED
        return iter([member]), len(lines)

    def _some_items(self, held: Held, part: Partition | None, place: _Place) -> list[bytes]:
        lines: list[bytes] = []
        size = 0
        while size < PAGE_BYTES:
            if part is None:
                items, place.start = rows_of(held, self._ctx.tenant_id, place.start, _ROWS)
                is_end, name = place.start is None, held.table
            else:
                items, is_end, name = *self._next_of_parents(held, part, place), part.table
            new = [line_of(name, item) for item in items]
            lines += new
            size += sum(map(len, new))
            if is_end:
                place.stream, place.parent, place.start = place.stream + 1, None, None
                break
        return lines

    def _next_of_parents(
        self, held: Held, part: Partition, place: _Place
    ) -> tuple[list[Item], bool]:
        """Return the next items of the partitions that the rows lead to, one row at a time."""
        rows, following = rows_of(held, self._ctx.tenant_id, place.parent, 1)
        items: list[Item] = []
        for row in rows:
            items, place.start = partition_of(part, self._ctx.tenant_id, row, place.start, _ROWS)
        if place.start is None:
            place.parent = following
            return items, following is None
        return items, False

    def _some_files(self, area: str, place: _Place) -> Iterator[tuple[str, bytes, int]]:
        prefix = f"{area}{self._ctx.tenant_id}/"
        keys = list_keys(prefix, place.start or "", _FILES)
        size = 0
        for key in keys:
            path = key.removeprefix(prefix)
            try:
                body = Objects(self._ctx).get(area.removesuffix("/"), path)  # type: ignore[arg-type]
            except NotFound:
                continue  # deleted since it was listed
            finally:
                place.start = key
            size += len(body)
            yield f"files/{area}{path}", body, ZIP_STORED if area == "media/" else ZIP_DEFLATED
            if size >= PAGE_BYTES:
                return
        if len(keys) < _FILES:
            place.stream, place.start = place.stream + 1, None

    def _manifest(self, place: _Place) -> bytes:
        told = {
            "tenant_id": self._ctx.tenant_id,
            "export_id": self._row.id,
            "asked_for_at": to_iso(self._row.created_at),
            "written_at": to_iso(self._clock.now_ms()),
            "counts": place.counts,
            "left_out": "passwords, tokens, keys and sign-ins",
        }
        return json.dumps(told, indent=2).encode()

    def _directory(self, place: _Place) -> bytes:
        """Return the directory with which the zip ends."""
        sink = _Sink(place.offset)
        archive = ZipFile(sink, "w")
        for number in range(place.number):
            archive.infolist().extend(self._kept(number))
        archive.close()
        return bytes(sink.data)

    def _keep(self, number: int, members: list[ZipInfo]) -> None:
        kept = [
            [one.filename, one.date_time, *(getattr(one, name) for name in _INFO)]
            for one in members
        ]
        path = f"{self._row.id}/directory-{number:06}.json"
        Objects(self._ctx).put("exports", path, json.dumps(kept).encode(), "application/json")

    def _kept(self, number: int) -> Iterator[ZipInfo]:
        path = f"{self._row.id}/directory-{number:06}.json"
        for name, at, *values in json.loads(Objects(self._ctx).get("exports", path)):
            info = ZipInfo(name, tuple(at))
            for attribute, value in zip(_INFO, values, strict=True):
                setattr(info, attribute, value)
            yield info


def _streams() -> list[tuple[Held, Partition | None] | str]:
    """Return what is walked one after the other: tables, what their rows lead to, files."""
    found: list[tuple[Held, Partition | None] | str] = []
    for held in HELD:
        if held.table not in LEFT_OUT:
            found.append((held, None))
            found += [(held, part) for part in held.partitions if not part.is_shared]
    return [*found, *AREAS]


def line_of(name: str, item: Item) -> bytes:
    """Return an item of a table as a line of JSON, without what is secret."""
    hidden = SECRETS.get(name, frozenset())
    nested = json_columns().get(name, frozenset())
    shown: dict[str, Any] = {}
    for key, value in item.items():
        if key in hidden:
            continue
        if name == "import_rows" and key == "packed":
            shown["rows"] = json.loads(zlib.decompress(value["B"]))
        elif "B" not in value:
            plain = plain_of(value)
            shown[key] = json.loads(plain) if key in nested and isinstance(plain, str) else plain
    return json.dumps(shown, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def plain_of(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Return a value of DynamoDB as JSON has it.

    >>> plain_of({"L": [{"S": "a"}, {"N": "2"}, {"BOOL": True}]})
    ['a', 2, True]
    """
    ((kind, found),) = value.items()
    if kind == "N":
        return int(found) if found.lstrip("-").isdecimal() else float(found)
    if kind == "L":
        return [plain_of(one) for one in found]
    if kind == "M":
        return {name: plain_of(one) for name, one in found.items()}
    if kind == "SS":
        return sorted(found)
    return None if kind == "NULL" else found
