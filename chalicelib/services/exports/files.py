"""Where the file of an export lies, and what it is."""

from __future__ import annotations

CSV = "text/csv; charset=utf-8"
ZIP = "application/zip"
TENANT = "tenant"


def file_path(export_id: str, kind: str) -> str:
    """Return where the file of an export lies in the area `exports`."""
    return f"{export_id}.{suffix(kind)}"


def suffix(kind: str) -> str:
    """Return how the name of an export's file ends."""
    return "zip" if kind == TENANT else "csv"


def content_type(kind: str) -> str:
    """Return what an export's file is."""
    return ZIP if kind == TENANT else CSV
