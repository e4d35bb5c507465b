"""What an agent sends, made ready for Meta: our templates and our files by Meta's own names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Invalid, NotFound
from chalicelib.services import media
from chalicelib.storage.numbers import NumberRow
from chalicelib.storage.templates import Templates
from chalicelib.whatsapp.sent_text import sent_text
from chalicelib.whatsapp.template_shape import optional_variables, variables
from chalicelib.whatsapp.template_text import preview, send_components, shape_of

if TYPE_CHECKING:
    from chalicelib.schemas.messages import Message
    from chalicelib.schemas.template_content import StoredTemplate

_FILES = frozenset({"image", "video", "document", "audio", "sticker", "gif"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A message ready to be sent; `media` is its own file, for the message's row."""

    type: str
    content: Any
    text: str
    category: str | None = None
    media: str | None = None


@dataclass(frozen=True, slots=True)
class _File:
    """A file of our library in a message: where it is, and as what."""

    field: str
    kind: str
    part: dict[str, Any]


def draft(ctx: TenantContext, number: NumberRow, message: Message) -> Draft:
    """Return `message` as `number` sends it.

    A file of the library is uploaded to Meta if Meta does not have it yet. Raises Invalid naming
    the field of a template, value or file that is not there or does not fit, and Conflict
    `template_not_approved`. 1 RRU for a template, for files as `media.attachment`.
    """
    template = _stored_template(message)
    if template is not None:
        found = _from_template(ctx, number, template)
    else:
        content = message.content()
        category = getattr(message, "category", None)
        found = Draft(message.type, content, sent_text(message.type, content), category)
    return replace(found, media=_with_files(ctx, number, found))


def _stored_template(message: Message) -> StoredTemplate | None:
    """Return the template that a message names by Parley's id; None for all else."""
    if message.type != "template":
        return None
    from chalicelib.schemas.template_content import StoredTemplate

    return message.template if isinstance(message.template, StoredTemplate) else None


def _with_files(ctx: TenantContext, number: NumberRow, draft: Draft) -> str | None:
    """Put Meta's ids in the place of ours; return what is known of the message's own file."""
    kept: str | None = None
    for file in list(_files(draft.type, draft.type, draft.content)):
        media_id = file.part.get("id")
        if media_id is None:
            continue
        about = {"id": media_id}
        if str(media_id).startswith("med_"):
            about = _put_in(ctx, number, file)
        if file.field == draft.type:
            kept = json.dumps({**about, **_said_of_it(draft.content)})
    return kept


def _from_template(ctx: TenantContext, number: NumberRow, template: StoredTemplate) -> Draft:
    try:
        row = Templates(ctx).get(template.id)
    except NotFound:
        raise wrong_field("template.id", "There is no such template.") from None
    if row.waba_id != number.waba_id:
        raise wrong_field("template.id", "This template is of another account than the number.")
    if row.status != "APPROVED":
        raise Conflict(
            f"The template is {row.status}; only an approved one can be sent.",
            code="template_not_approved",
        )
    text = shape_of(row.name, row.language, row.components)
    unknown = sorted({*template.values} - {*variables(text), *optional_variables(text)})
    if unknown:
        raise wrong_field(f"template.values.{unknown[0]}", "The template has no such variable.")
    for name in variables(text):
        if not template.values.get(name, "").strip():
            field = f"template.values.{name}"
            raise wrong_field(field, "This variable of the template needs a value.")
    content: dict[str, Any] = {"name": row.name, "language": {"code": row.language}}
    components = send_components(text, template.values)
    if components:
        content["components"] = components
    words = preview(text, template.values)
    return Draft("template", content, words or f"[template] {row.name}", row.category.lower())


def _files(field: str, kind: str, part: Any) -> Iterator[_File]:  # noqa: ANN401 - any JSON
    """Return the files in a message's content, each with its path."""
    if isinstance(part, list):
        for position, item in enumerate(part):
            yield from _files(f"{field}.{position}", "", item)
    elif isinstance(part, dict):
        if kind in _FILES:
            yield _File(field, kind, part)
        for name, item in part.items():
            yield from _files(f"{field}.{name}", name, item)


def _put_in(ctx: TenantContext, number: NumberRow, file: _File) -> dict[str, Any]:
    """Put Meta's id into the message in the place of ours; return what is known of the file."""
    try:
        found = media.attachment(ctx, number, file.part["id"])
    except NotFound:
        raise wrong_field(f"{file.field}.id", "There is no such file in the library.") from None
    wanted = "video" if file.kind == "gif" else file.kind
    if found.kind != wanted:
        raise wrong_field(f"{file.field}.id", f"This file can be sent as {found.kind} only.")
    file.part["id"] = found.meta_id
    if file.kind == "document":
        file.part.setdefault("filename", found.filename)
    return dict(found.media)


def _said_of_it(content: dict[str, Any]) -> dict[str, Any]:
    """Return what the sender said of the file, which its row keeps beside the file's own facts."""
    return {name: content[name] for name in ("caption", "filename", "voice") if name in content}


def wrong_field(field: str, message: str) -> Invalid:
    """Return the error for one field of a request."""
    return Invalid(
        f"{field}: {message}", code="validation_failed", errors=(FieldError(field, message),)
    )
