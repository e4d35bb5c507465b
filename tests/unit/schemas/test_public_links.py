"""No link that a user gives leads into a private network, whoever is to fetch or open it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from chalicelib.schemas.interactive_parts import UrlParameters
from chalicelib.schemas.media_content import MediaContent
from chalicelib.schemas.number_features import ProfileChange
from chalicelib.schemas.template_parameters import TapTarget
from chalicelib.whatsapp.template_button_rules import button_problems

# Every field of the API that takes a web address, but for cards, whose links are text.
FIELDS: dict[str, Callable[[str], object]] = {
    "media": lambda link: MediaContent(link=link),
    "button": lambda link: UrlParameters(display_text="Open", url=link),
    "tap": lambda link: TapTarget(url=link, title="Shop"),
    "website": lambda link: ProfileChange(websites=[link]),
}
INWARD = [
    "http://127.0.0.1/x.png",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::1]:8080/",
    "https://localhost/a.png",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://intranet/a.pdf",
    "https://metadata.google.internal/",
    "https://example.com@10.0.0.1/",
    "https://user@example.com/",
    "file:///etc/passwd",
    "ftp://example.com/a",
    "https:///a",
]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("link", INWARD)
def test_a_link_that_leads_inward_is_refused(field: str, link: str) -> None:
    """Meta would be asked to fetch it, or customers to open it."""
    with pytest.raises(ValidationError, match="web address"):
        FIELDS[field](link)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("link", ["https://example.com/a.png?b=c", "http://bücher.example:8080/"])
def test_a_public_link_is_taken(field: str, link: str) -> None:
    """Any other web address is good."""
    assert FIELDS[field](link)


@pytest.mark.parametrize("link", INWARD[:9])
def test_a_templates_button_leads_to_the_public_internet(link: str) -> None:
    """A template's URL button is held to the same."""
    button = {"type": "URL", "text": "Open", "url": link}
    problems = list(button_problems("components.0", {"type": "BUTTONS", "buttons": [button]}))
    assert [problem.field for problem in problems] == ["components.0.buttons.0.url"]
