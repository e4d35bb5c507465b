"""The versions of the Graph API, and until when each may be called."""

from datetime import UTC, datetime

# From Graph's changelog; the newest has no end yet.
_UNTIL: dict[str, str] = {
    "v20.0": "2026-09-24",
    "v21.0": "2027-01-21",
    "v22.0": "2027-05-20",
    "v23.0": "2027-10-08",
    "v24.0": "2028-02-18",
    "v25.0": "2028-07-29",
    "v26.0": "9999-12-31",
}
LATEST = "v26.0"
_EXPIRES_AT = {
    version: datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    for version, day in _UNTIL.items()
}


def is_usable(version: str, now: float) -> bool:
    """Tell whether a version exists and has not expired."""
    return now < _EXPIRES_AT.get(version, 0.0)
