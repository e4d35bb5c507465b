"""The texts of `message_template_components_update`, laid over the components that are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.whatsapp.events import TemplateComponents

Json = dict[str, Any]

_BUTTON = "message_template_button_"
_BUTTON_FIELDS = ("type", "text", "url", "phone_number")


def with_texts(components: Iterable[Mapping[str, Any]], event: TemplateComponents) -> list[Json]:
    """Return `components` with the texts of the event.

    What the event cannot tell stays: the format of a header that is no text, cards, and buttons
    where it lists none.
    """
    known = {str(part.get("type", "")).upper(): dict(part) for part in components}
    header = known.get("HEADER")
    if event.title is not None and (header is None or header.get("format") == "TEXT"):
        known["HEADER"] = {"type": "HEADER", "format": "TEXT", **_changed(header, event.title)}
    elif event.title is None and header is not None and header.get("format") == "TEXT":
        del known["HEADER"]
    known["BODY"] = {"type": "BODY", **_changed(known.get("BODY"), event.body)}
    footer = known.get("FOOTER")
    if event.footer is not None:
        known["FOOTER"] = {"type": "FOOTER", **_changed(footer, event.footer)}
    elif footer is not None and "text" in footer:
        del known["FOOTER"]
    if event.buttons:
        before = known.get("BUTTONS", {}).get("buttons") or []
        known["BUTTONS"] = {"type": "BUTTONS", "buttons": _buttons(before, event.buttons)}
    order = ("HEADER", "LIMITED_TIME_OFFER", "BODY", "FOOTER")
    rest = [kind for kind in known if kind not in order]
    return [known[kind] for kind in (*order, *rest) if kind in known]


def _changed(part: Mapping[str, Any] | None, text: str) -> Json:
    """Return a part with another text; its example goes with the old one."""
    if part is not None and part.get("text") == text:
        return dict(part)
    kept = {} if part is None else {key: part[key] for key in part if key != "example"}
    return {**kept, "text": text}


def _buttons(before: list[Mapping[str, Any]], told: Iterable[Mapping[str, Any]]) -> list[Json]:
    buttons: list[Json] = []
    for position, one in enumerate(told):
        named = {name: one[_BUTTON + name] for name in _BUTTON_FIELDS if one.get(_BUTTON + name)}
        old = before[position] if position < len(before) else {}
        buttons.append({**old, **named} if old.get("type") == named.get("type") else named)
    return buttons
