"""Free-form messages: what each type must and may contain. Templates and interactives have their
own.
"""

from collections.abc import Callable
from typing import Any

from sandbox.errors import invalid, known, required
from sandbox.model import Json

from .interactive import check_interactive
from .shape import as_list, as_object, as_text, member, optional_text, text_member

MEDIA_TYPES = ("audio", "document", "image", "sticker", "video")
MAX_TEXT, MAX_CAPTION, MAX_CONTACTS = 4096, 1024, 257


def checked_content(params: Json) -> tuple[str, Json]:
    """Return the type of a message and its content, wrapped in an object where it is a list.

    Raises GraphError 100 or 131008/131009 naming the parameter, 131051 for a type that does not
    exist.
    """
    kind = as_text(params.get("type", "text"), "type")
    check = _CHECKS.get(kind)
    if check is None:
        raise known(131051, f"Message type {kind[:40]!r} is not supported.")
    value = member(params, kind, kind)
    if kind == "contacts":
        _contacts(as_list(value, kind))
        return kind, {"contacts": value}
    content = as_object(value, kind)
    check(kind, content)
    return kind, content


def _text(kind: str, content: Json) -> None:
    """Check a text."""
    text_member(content, "body", f"{kind}['body']", MAX_TEXT)
    preview = content.get("preview_url", False)
    if not isinstance(preview, bool) and preview not in ("true", "false"):
        raise invalid("text['preview_url']", "must be a boolean.")


def check_media(kind: str, content: Json, *, name: str = "") -> None:
    """Check a media object: exactly one of id and link; a caption where there is room for one."""
    name = name or kind
    media_id, link = content.get("id"), content.get("link")
    if (media_id is None) == (link is None):
        raise invalid(name, "must have exactly one of ['id'] and ['link'].")
    if media_id is not None and not str(media_id).isdigit():
        raise invalid(
            f"{name}['id']", "is not a valid whatsapp business account media attachment ID."
        )
    if link is not None and not as_text(link, f"{name}['link']").startswith(
        ("https://", "http://")
    ):
        raise invalid(f"{name}['link']", "is not a valid URI.")
    caption = optional_text(content, "caption", f"{name}['caption']", MAX_CAPTION)
    if caption and kind in ("audio", "sticker"):
        raise invalid(f"{name}['caption']", "is not allowed for this type.")
    optional_text(content, "filename", f"{name}['filename']")


def _media(kind: str, content: Json) -> None:
    """Check a media message."""
    check_media(kind, content)


def _location(kind: str, content: Json) -> None:
    """Check a location; Meta takes coordinates as numbers or as texts."""
    for key, limit in (("latitude", 90), ("longitude", 180)):
        name = f"{kind}['{key}']"
        value = member(content, key, name)
        try:
            degrees = float(value)
        except (TypeError, ValueError):
            raise invalid(name, "must be a number.") from None
        if not -limit <= degrees <= limit:
            raise invalid(name, f"must be between -{limit} and {limit}.")
    optional_text(content, "name", "location['name']", 1000)
    optional_text(content, "address", "location['address']", 1000)


def _contacts(cards: list[Any]) -> None:
    """Check contact cards: each needs a formatted name and one other part of a name."""
    if not 1 <= len(cards) <= MAX_CONTACTS:
        raise invalid("contacts", f"must have from 1 to {MAX_CONTACTS} elements.")
    for index, card in enumerate(cards):
        name = f"contacts[{index}]['name']"
        parts = as_object(member(as_object(card, f"contacts[{index}]"), "name", name), name)
        text_member(parts, "formatted_name", f"{name}['formatted_name']")
        others = ("first_name", "last_name", "middle_name", "prefix", "suffix")
        if not any(parts.get(part) for part in others):
            raise required(f"{name}['first_name']")
        for key in ("phones", "emails", "addresses", "urls"):
            as_list(card.get(key, []), f"contacts[{index}]['{key}']")


def _reaction(kind: str, content: Json) -> None:
    """Check a reaction; an empty emoji takes it back."""
    text_member(content, "message_id", f"{kind}['message_id']")
    if content.get("emoji") is None:
        raise required(f"{kind}['emoji']")
    as_text(content["emoji"], f"{kind}['emoji']", 16)


def _interactive(_kind: str, content: Json) -> None:
    """Check an interactive message."""
    check_interactive(content, check_media)


def _anything(_kind: str, _content: Json) -> None:
    """Accept: templates are checked against the account's templates."""


_CHECKS: dict[str, Callable[[str, Json], None]] = {
    "text": _text,
    **dict.fromkeys(MEDIA_TYPES, _media),
    "location": _location,
    "contacts": _anything,
    "reaction": _reaction,
    "interactive": _interactive,
    "template": _anything,
}
