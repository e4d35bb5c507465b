"""How much of its call limits an app or an account has used, as Meta's answers say in headers.

    X-Business-Use-Case-Usage  {"<account id>": [{"type", "call_count", "total_cputime",
                               "total_time", "estimated_time_to_regain_access": minutes}]}
    X-App-Usage                {"call_count", "total_cputime", "total_time"}

The counts are percentages. Source: Meta's Graph API, rate limits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

BY_ACCOUNT = "X-Business-Use-Case-Usage"
BY_APP = "X-App-Usage"
NEARLY_USED_UP = 80
_COUNTS = ("call_count", "total_cputime", "total_time")


@dataclass(frozen=True, slots=True)
class Usage:
    """The share of the fullest limit, in percent, and how long it stays shut, in seconds."""

    percent: int
    regain_s: int


def read_usage(headers: Mapping[str, str]) -> Usage | None:
    """Return what the headers of an answer say; None if they say nothing that can be read.

    `headers` finds names in any case, as those of HTTP clients do.
    """
    found = [*_entries(headers.get(BY_ACCOUNT)), *_entries(headers.get(BY_APP))]
    if not found:
        return None
    return Usage(
        percent=max(_whole(entry.get(name)) for entry in found for name in _COUNTS),
        regain_s=60 * max(_whole(entry.get("estimated_time_to_regain_access")) for entry in found),
    )


def _entries(text: str | None) -> Iterator[Mapping[str, Any]]:
    if not text:
        return
    try:
        value = json.loads(text)
    except ValueError:
        return
    if not isinstance(value, Mapping):
        return
    if any(name in value for name in _COUNTS):
        yield value
    for entries in value.values():
        if isinstance(entries, list):
            yield from (entry for entry in entries if isinstance(entry, Mapping))


def _whole(value: object) -> int:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return 0
    return int(value) if 0 <= value < 1_000_000 else 0
