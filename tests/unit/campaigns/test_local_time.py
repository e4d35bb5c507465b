"""A local time as a moment: once, never and twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from chalicelib.services.campaigns.local_time import moment_of, zone_of

BERLIN = zone_of("Europe/Berlin")
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]


@pytest.mark.parametrize(
    ("local", "utc", "shown", "note"),
    [
        ("2026-07-01T10:00", "2026-07-01T08:00", "10:00", None),
        ("2026-03-29T02:30", "2026-03-29T01:30", "03:30", "does not exist"),
        ("2026-10-25T02:30", "2026-10-25T00:30", "02:30", "comes twice"),
        ("2026-10-25T03:00", "2026-10-25T02:00", "03:00", None),
    ],
)
def test_clock_changes(local: str, utc: str, shown: str, note: str | None) -> None:
    """A skipped time moves on by the hour that is skipped, one that comes twice is the first."""
    assert BERLIN is not None
    moment = moment_of(datetime.fromisoformat(local), BERLIN)
    assert datetime.fromtimestamp(moment.at_ms / 1000, UTC).isoformat()[:16] == utc
    assert f"{moment.local:%H:%M}" == shown
    assert (moment.note is None) == (note is None)
    assert (note or "") in (moment.note or "")


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2035-01-01")),
)
def test_every_local_time_is_a_moment(name: str, local: datetime) -> None:
    """The clocks of the zone show `local` at the moment, or a time at most an hour later."""
    zone = zone_of(name)
    assert zone is not None
    moment = moment_of(local, zone)
    local = local.replace(microsecond=local.microsecond // 1000 * 1000)
    back = datetime.fromtimestamp(moment.at_ms / 1000, UTC).astimezone(zone).replace(tzinfo=None)
    assert back.replace(fold=0) == moment.local
    assert timedelta(0) <= moment.local - local <= timedelta(hours=1)
    assert (moment.local == local) == ("not exist" not in (moment.note or ""))


def test_unknown_zones_are_none() -> None:
    """A name that is no zone is None: also a path, a machine's own, and one with leap seconds."""
    own = ("localtime", "posixrules", "right/Europe/Berlin")
    names = ("Mars/Base", "", "../etc/passwd", "Europe", "\ud800", *own)
    assert [name for name in names if zone_of(name) is not None] == []
