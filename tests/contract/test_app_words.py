"""The app's own words for the API's keys: none is missing where the API adds one."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.services.campaigns.skips import SKIPS

WORDS = Path(__file__).parents[2] / "frontend" / "src" / "features" / "campaigns" / "words.ts"


def test_every_reason_of_a_skip_has_words_in_the_app() -> None:
    """A dry run shows reasons by their keys alone; the app knows each of them, and no other."""
    (table,) = re.findall(
        r"const SKIP_REASONS[^{]*\{(.*?)\};", WORDS.read_text(encoding="utf-8"), re.DOTALL
    )
    assert set(re.findall(r"^  (\w+): ", table, re.MULTILINE)) == set(SKIPS)
