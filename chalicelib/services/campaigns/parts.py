"""The frozen audience in S3: parts of JSON lines, each written once.

    line 0          {"next": contact id or null, "recipients": n, "canary": k,
                     "skipped": {reason: n}, "zones": {zones: n}, "chunk": recipients a chunk}
    lines 1 … n     recipients, in the order in which they are sent: the k of the canary first
    the rest        the skipped, each with its reason

A chunk is a range of bytes over recipient lines, so a sender reads its own lines and no others. The
canary has chunks of its own. How many recipients a chunk holds is frozen as well: a planner that
takes over from a dead one cuts where that one did, though the number's rate may be another by then.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chalicelib.core.context import TenantContext
from chalicelib.services.campaigns.audience import Recipient, read_line
from chalicelib.storage.chunks import NOT_BEGUN, QUEUED, ChunkRow
from chalicelib.storage.objects import Objects


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was frozen; the first `canary` of its recipients belong to the canary.

    `chunk` is how many recipients a chunk of it holds, 0 in a part that was frozen without.
    """

    number: int
    next_cursor: str | None
    recipients: tuple[Recipient, ...]
    skipped: tuple[Recipient, ...]
    skipped_by_reason: Mapping[str, int]
    body: bytes
    canary: int = 0
    zones: Mapping[str, int] = field(default_factory=dict)
    chunk: int = 0

    def chunks(self, size: int) -> Iterator[ChunkRow]:
        """Cut the recipients into chunks, with the bytes that each takes.

        They hold what the part says, and `size` where it says nothing.
        """
        size = self.chunk or size
        lines = self.body.splitlines(keepends=True)
        offset = len(lines[0])
        starts = [*range(0, self.canary, size), *range(self.canary, len(self.recipients), size)]
        for index, first in enumerate(starts):
            end = self.canary if first < self.canary else len(self.recipients)
            own = lines[1 + first : 1 + min(first + size, end)]
            length = sum(len(line) for line in own)
            yield ChunkRow(
                chunk_id=f"{self.number:06}-{index:04}",
                is_canary=first < self.canary,
                part=self.number,
                offset=offset,
                length=length,
                size=len(own),
                marks=NOT_BEGUN * len(own),
                state=QUEUED,
            )
            offset += length


_CONTENT_TYPE = "application/jsonl"


def launched(campaign_id: str) -> str:
    """Return the folder of the audience that a campaign sends to."""
    return f"{campaign_id}/parts"


def part_of(number: int, generation: int, parts: int) -> int:
    """Return the part that holds whom retry `generation` took of part `number` of `parts`."""
    return generation * parts + number


def _path(folder: str, number: int) -> str:
    return f"{folder}/{number:06}.jsonl"


def encode_part(
    people: list[Recipient],
    next_cursor: str | None,
    canary: int = 0,
    zones: Mapping[str, int] | None = None,
    chunk: int = 0,
) -> bytes:
    """Return the bytes of a part: its head, its recipients, its skipped.

    `canary` of the recipients, the first, belong to the canary; `zones` counts those who may be in
    the same zones, where time plays a part; `chunk` is how many recipients a chunk will hold.
    """
    recipients = [person for person in people if person.skip is None]
    skipped = [person for person in people if person.skip is not None]
    head = {
        "next": next_cursor,
        "recipients": len(recipients),
        "canary": canary,
        "zones": dict(zones or {}),
        "skipped": Counter(person.skip for person in skipped),
        "chunk": chunk,
    }
    lines = [json.dumps(head), *(person.line() for person in (*recipients, *skipped))]
    return ("\n".join(lines) + "\n").encode()


def decode_part(number: int, body: bytes) -> Part:
    """Return the part that `encode_part` wrote."""
    head_line, *lines = body.splitlines()
    head = json.loads(head_line)
    people = [read_line(line) for line in lines]
    count = head["recipients"]
    return Part(
        number,
        head["next"],
        tuple(people[:count]),
        tuple(people[count:]),
        head["skipped"],
        body,
        head.get("canary", 0),
        head.get("zones", {}),
        head.get("chunk", 0),
    )


def freeze(
    ctx: TenantContext,
    folder: str,
    number: int,
    people: list[Recipient],
    next_cursor: str | None,
    *,
    canary: int = 0,
    zones: Mapping[str, int] | None = None,
    chunk: int = 0,
) -> Part:
    """Write a part unless it is there, and return what is there: the first writer's word stands.

    `folder` is that of a launch or of a dry run; for the rest see `encode_part`.
    """
    body = encode_part(people, next_cursor, canary, zones, chunk)
    objects = Objects(ctx)
    if not objects.put_once("campaigns", _path(folder, number), body, _CONTENT_TYPE):
        body = objects.get("campaigns", _path(folder, number))
    return decode_part(number, body)


def load(ctx: TenantContext, folder: str, number: int) -> Part:
    """Return a part that was frozen in a folder. 1 S3 request."""
    return decode_part(number, Objects(ctx).get("campaigns", _path(folder, number)))


def load_chunk(ctx: TenantContext, campaign_id: str, chunk: ChunkRow) -> list[Recipient]:
    """Return the recipients of a chunk, in the order of its marks. 1 S3 request."""
    first, length = chunk.offset, chunk.length
    path = _path(launched(campaign_id), chunk.part)
    body = Objects(ctx).get_range("campaigns", path, first, first + length - 1)
    return [read_line(line) for line in body.splitlines()]
