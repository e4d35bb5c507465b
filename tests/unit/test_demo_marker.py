"""The demo's note of the campaign that was begun."""

from __future__ import annotations

from pathlib import Path

from demo.marker import Marker


def test_the_campaign_is_kept_until_it_is_cleared(tmp_path: Path) -> None:
    """What is written is read by a later run, and nothing after it was cleared."""
    marker = Marker(tmp_path / "campaign.json")
    assert marker.read() is None
    marker.write("cmp_1")
    assert Marker(marker.path).read() == "cmp_1"
    marker.clear()
    marker.clear()
    assert marker.read() is None


def test_spoilt_data_names_no_campaign(tmp_path: Path) -> None:
    """Once data is spoilt there is no campaign to go on with, until a new one is written."""
    marker = Marker(tmp_path / "campaign.json")
    marker.write("cmp_1")
    assert not marker.is_spoilt()
    marker.spoil()
    assert (marker.read(), marker.is_spoilt()) == (None, True)
    marker.write("cmp_2")
    assert (marker.read(), marker.is_spoilt()) == ("cmp_2", False)
