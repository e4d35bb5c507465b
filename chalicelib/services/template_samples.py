"""The samples of a template's files: one of our library becomes a handle that Meta takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.services.media import header_handle
from chalicelib.storage.numbers import NumberRow
from chalicelib.whatsapp.template_rules import Component, TemplateDraft


def with_handles(ctx: TenantContext, number: NumberRow, draft: TemplateDraft) -> TemplateDraft:
    """Return the draft with a handle for each `media_id` of ours, those of cards too.

    A file that several cards show is uploaded once. 2 requests to Meta for each file. Raises what
    `media.header_handle` raises.
    """
    handles: dict[str, str] = {}

    def handle_of(media_id: str) -> str:
        if media_id not in handles:
            handles[media_id] = header_handle(ctx, number, media_id)
        return handles[media_id]

    components = [_with_handle(part, handle_of) for part in draft.components]
    return replace(draft, components=components)


def _with_handle(part: Component, handle_of: Callable[[str], str]) -> dict[str, Any]:
    found = dict(part)
    example = part.get("example")
    if isinstance(example, dict) and example.get("media_id"):
        found["example"] = {"header_handle": [handle_of(str(example["media_id"]))]}
    if "cards" in part:
        found["cards"] = [
            {"components": [_with_handle(inner, handle_of) for inner in card["components"]]}
            for card in part["cards"]
        ]
    return found
