"""What stands in the place of an erased person: in frozen audiences, in the ledger, in texts. Pure.

what                     becomes
a recipient's line       the same contact and message id, the country in place of the address,
no values; as many bytes as before, for chunks are ranges of bytes
a line of a list         the contact id alone, as many bytes as before
a record of a CSV        space, as many bytes as before, so that rows keep their numbers
an outgoing message      its state, times, price and campaign; sealed, so that no status that
comes late brings Meta's id, which holds the phone, back
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from typing import Any

from chalicelib.storage.holdings import Item
from chalicelib.whatsapp.markets import country_of

_NOBODY = re.compile(r"[A-Z]{2}\.")
_BEGINS = b'{"c":"'
_ID_BYTES = 30
# What of a message tells nothing of the person.
KEPT = frozenset(
    {
        *("contact_key", "id", "direction", "type", "state", "rank", "reason", "campaign_id"),
        *("retried_as", "category", "pricing", "pricing_rank", "error_code", "at", "erased_at"),
        *("accepted_at", "sent_at", "delivered_at", "read_at", "failed_at", "answered_at"),
    }
)


def is_nobody(to: str) -> bool:
    """Tell whether an address is what an erased person's became: the country alone."""
    return _NOBODY.fullmatch(to) is not None


def blank_line(line: bytes, contact_ids: Collection[str]) -> bytes | None:
    """Return a line of a frozen audience without the person; None if it is not theirs, or is blank.

    `line` may end with a line feed, which stays.
    """
    if not line.startswith(_BEGINS):
        return None
    first = len(_BEGINS)
    if line[first : first + _ID_BYTES].decode("ascii", "replace") not in contact_ids:
        return None
    fields = json.loads(line)
    kept: dict[str, Any] = {"c": fields["c"]}
    if "to" in fields:
        kept["to"] = _country(fields["to"])
    for name in ("m", "skip"):
        if name in fields:
            kept[name] = fields[name]
    if "v" in fields:
        kept["v"] = {}
    body = line.rstrip(b"\n")
    blank = json.dumps(kept, separators=(",", ":")).encode().ljust(len(body))
    return None if blank == body else blank + line[len(body) :]


def _country(to: str) -> str:
    return to if not to or is_nobody(to) else f"{country_of(to)}."


def blank_record(record: bytes, encoding: str) -> bytes | None:
    """Return a record of a CSV as space; None if it is that already. Its line end stays."""
    newlines = [text.encode(encoding) for text in ("\r\n", "\n", "\r")]
    end = next((newline for newline in newlines if record.endswith(newline)), b"")
    body = record[: len(record) - len(end)]
    space = " ".encode(encoding)
    blank = space * (len(body) // len(space))
    return None if blank == body else blank + end


def tells_of(text: str, needles: Iterable[str]) -> bool:
    """Tell whether one of `needles` stands in a text."""
    return any(needle in text for needle in needles)


def is_blank_message(item: Item) -> bool:
    """Tell whether a message says nothing of a person."""
    return set(item) <= KEPT
