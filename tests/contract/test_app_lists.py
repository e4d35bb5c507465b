"""Lists that the app keeps for its forms are those that the API holds against them."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.whatsapp.profile import VERTICALS
from chalicelib.whatsapp.template_languages import LANGUAGES

FEATURES = Path(__file__).resolve().parents[2] / "frontend" / "src" / "features"


def test_languages_of_templates() -> None:
    """Whoever chooses a language in the form gets one that WhatsApp has, and can choose each."""
    words = (FEATURES / "templates" / "words.ts").read_text(encoding="utf-8")
    listed = words.split("export const LANGUAGES = (", 1)[1].split(")", 1)[0]
    codes = " ".join(re.findall(r'"([^"]*)"', listed)).split()
    assert len(codes) == len(set(codes))
    assert set(codes) == LANGUAGES


def test_kinds_of_businesses() -> None:
    """The profile's form offers every vertical that Meta knows, and no other."""
    words = (FEATURES / "numbers" / "words.ts").read_text(encoding="utf-8")
    listed = words.split("export const VERTICALS", 1)[1].split("};", 1)[0]
    assert set(re.findall(r"^  ([A-Z_]+):", listed, re.MULTILINE)) == set(VERTICALS)
