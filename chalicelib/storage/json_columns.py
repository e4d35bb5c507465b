"""Which columns of which tables are kept as the text of JSON: so that an export can nest them."""

from __future__ import annotations

from functools import cache

from pynamodb.attributes import JSONAttribute
from pynamodb.models import Model

from chalicelib.storage.accounts import AccountRow
from chalicelib.storage.base import table
from chalicelib.storage.campaigns import CampaignRow
from chalicelib.storage.contact_row import ContactRow
from chalicelib.storage.erasures import ErasureRow
from chalicelib.storage.exports import ExportRow
from chalicelib.storage.imports import ImportRow
from chalicelib.storage.number_row import NumberRow
from chalicelib.storage.segments import SegmentRow
from chalicelib.storage.template_row import TemplateRow
from chalicelib.storage.tenants import TenantRow

_MODELS: tuple[type[Model], ...] = (
    *(AccountRow, CampaignRow, ContactRow, ErasureRow, ExportRow, ImportRow, NumberRow),
    *(SegmentRow, TemplateRow, TenantRow),
)


@cache
def json_columns() -> dict[str, frozenset[str]]:
    """Return them by the table's name without prefix; tables without such columns are missing."""
    prefix = table("")
    return {
        model.Meta.table_name.removeprefix(prefix): frozenset(
            name for name, kind in model.get_attributes().items() if isinstance(kind, JSONAttribute)
        )
        for model in _MODELS
    }
