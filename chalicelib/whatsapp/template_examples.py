"""The examples that a template was submitted with, as values that fill it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.whatsapp.template_shape import placeholders

Part = Mapping[str, Any]

_CODE = "123456"


def example_values(components: Iterable[Part]) -> dict[str, str]:
    """Return the values that the examples in Meta's `components` give, by their names."""
    return dict(_values(components, ""))


def _values(components: Iterable[Part], prefix: str) -> Iterator[tuple[str, str]]:
    for part in components:
        kind = str(part.get("type", "")).upper()
        if kind in {"HEADER", "BODY"}:
            yield from _texts(part, kind.lower(), prefix)
        elif kind == "BUTTONS":
            for position, button in enumerate(part.get("buttons") or ()):
                yield from _button(button, f"{prefix}button.{position}", prefix)
        elif kind == "CAROUSEL":
            for position, card in enumerate(part.get("cards") or ()):
                yield from _values(card.get("components") or (), f"card.{position}.")


def _texts(part: Part, where: str, prefix: str) -> Iterator[tuple[str, str]]:
    example = part.get("example")
    if not isinstance(example, Mapping):
        return
    for one in example.get(f"{where}_text_named_params") or ():
        yield f"{prefix}{where}.{one.get('param_name')}", str(one.get("example"))
    values = example.get(f"{where}_text") or ()
    if isinstance(values, str):
        values = [values]
    if values and isinstance(values[0], (list, tuple)):
        values = values[0]
    names = placeholders(str(part.get("text") or ""))
    for name, value in zip(names, values, strict=False):
        yield f"{prefix}{where}.{name}", str(value)


def _button(button: Part, name: str, prefix: str) -> Iterator[tuple[str, str]]:
    kind, example = str(button.get("type", "")).upper(), button.get("example")
    if kind == "OTP":
        yield f"{prefix}body.1", _CODE
    given = example[0] if isinstance(example, (list, tuple)) and example else example
    if not isinstance(given, str) or kind not in {"URL", "COPY_CODE"}:
        return
    start = str(button.get("url") or "").removesuffix("{{1}}")
    yield name, given.removeprefix(start) if kind == "URL" else given
