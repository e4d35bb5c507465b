"""Files of the media library in a campaign's variables, by the ids that Meta knows them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chalicelib.core.context import TenantContext
from chalicelib.core.ids import is_id
from chalicelib.services.campaigns.audience import Recipient
from chalicelib.storage.numbers import NumberRow
from chalicelib.whatsapp.template_text import TemplateShape, media_variables


def upload(
    ctx: TenantContext,
    number: NumberRow,
    shape: TemplateShape,
    variables: Mapping[str, Mapping[str, str | None]],
) -> None:
    """Have Meta know the files that a campaign sends to everybody, before its first message.

    Costs and raises as `media.meta_id` for each file.
    """
    _meta_ids(
        ctx,
        number,
        (variables.get(name, {}).get("fallback") or "" for name in media_variables(shape)),
    )


def with_meta_ids(
    ctx: TenantContext, number: NumberRow, shape: TemplateShape, recipients: Sequence[Recipient]
) -> list[Recipient]:
    """Return the recipients with Meta's id in place of each file of ours.

    Nothing is asked for a template without files; else as `media.meta_id` for each file.
    """
    names = media_variables(shape)
    if not names:
        return list(recipients)
    used = (one.values[name] for one in recipients for name in names if name in one.values)
    known = _meta_ids(ctx, number, used)
    return [
        replace(
            one,
            values={
                name: known.get(value, value) if name in names else value
                for name, value in one.values.items()
            },
        )
        for one in recipients
    ]


def _meta_ids(ctx: TenantContext, number: NumberRow, values: Iterable[str]) -> dict[str, str]:
    from chalicelib.services.media import meta_id  # few templates carry files

    ours = {value.strip() for value in values if is_id("med", value.strip())}
    return {media_id: meta_id(ctx, number, media_id) for media_id in sorted(ours)}
