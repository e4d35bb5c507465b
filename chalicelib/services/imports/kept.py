"""What all parts of an import share: where its file lies, how its layout is kept, its message."""

from __future__ import annotations

from chalicelib.core.aws import send_messages
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.envelopes import write_envelope
from chalicelib.services.imports.columns import Column
from chalicelib.services.imports.reading import Layout
from chalicelib.storage.imports import ImportRow


def source_path(source: str) -> str:
    """Return where the file of an import or upload lies in the area `imports`."""
    return f"{source}.csv"


def pack_layout(layout: Layout) -> dict[str, object]:
    """Return what an import keeps of a layout; offset and row are kept beside it."""
    columns = [[column.title, column.target] for column in layout.columns]
    return {"encoding": layout.encoding, "delimiter": layout.delimiter, "columns": columns}


def unpack_layout(row: ImportRow) -> Layout:
    """Return the layout of an import from where it stands."""
    kept = row.layout
    columns = tuple(Column(title, target) for title, target in kept["columns"])
    return Layout(kept["encoding"], kept["delimiter"], columns, row.next_offset, row.next_row)


def send_import(ctx: TenantContext, import_id: str) -> None:
    """Ask the queue to go on with an import. One request."""
    body = write_envelope("import", ctx.tenant_id, import_id=import_id)
    send_messages(settings().imports_queue_url, [(body, ctx.tenant_id, 0)])
