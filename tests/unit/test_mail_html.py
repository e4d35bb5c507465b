"""Mails as HTML: the same words as the text, with links to follow and nothing that is run."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, strategies as st

from chalicelib.services.mail import as_html

LINK = "https://app.parley.example/join#token=a-b_c"


class _Reader(HTMLParser):
    """Gathers the tags, the links and the words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag, and where a link leads."""
        self.tags.add(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        self.words.append(data)


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(as_html(text))
    reader.close()
    return reader


def test_a_link_can_be_followed_and_read() -> None:
    """The line that is an address leads there, and shows where it leads."""
    found = _read(f"Join here:\n{LINK}\n\nIf not, do nothing.\n")
    assert found.links == [LINK]
    assert found.words == ["Parley", "Join here:", LINK, "If not, do nothing."]


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=60)
)
def test_a_name_is_never_markup(name: str) -> None:
    """Whatever a business calls itself stands there as words."""
    found = _read(f"{name} invites you.\n{LINK}\n")
    assert found.tags <= {"html", "body", "div", "p", "br", "a"}
    assert found.links == [LINK]
    assert f"{name} invites you." in "".join(found.words)
