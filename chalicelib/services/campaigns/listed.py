"""The gathered file of an audience: its lines, and reading them from any byte on.

{"c": contact id, "r": {column title: cell}}   a line for each contact, in order of id
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chalicelib.core.context import TenantContext
from chalicelib.storage.objects import Objects

_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the gathered file, and where the next one begins."""

    contact_id: str
    row: Mapping[str, str]
    end: int


def read_listed(ctx: TenantContext, folder: str, offset: int) -> Iterator[Listed]:
    """Yield the lines of the gathered file from byte `offset` on. One S3 request per 256 KB."""
    objects, path, kept = Objects(ctx), gathered_path(folder), b""
    first = offset
    while piece := objects.get_range("campaigns", path, first, first + _PIECE_BYTES - 1):
        first += len(piece)
        *lines, kept = (kept + piece).split(b"\n")
        for line in lines:
            offset += len(line) + 1
            yield Listed(*read_line(line), offset)
        if len(piece) < _PIECE_BYTES:
            return


def read_line(line: bytes) -> tuple[str, Mapping[str, str]]:
    """Return the contact and the cells of a line."""
    fields = json.loads(line)
    return fields["c"], fields.get("r", {})


def piece_path(folder: str, number: int) -> str:
    """Return where a piece of the gathering is; see `gathering`."""
    return f"{folder}/gathered/{number:04}.jsonl"


def gathered_path(folder: str) -> str:
    """Return where the gathered file of a launch or dry run is."""
    return f"{folder}/gathered.jsonl"


def listed_line(contact_id: str, row: Mapping[str, str]) -> bytes:
    """Return a contact as a line of the gathered file."""
    fields = {"c": contact_id, "r": row} if row else {"c": contact_id}
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
