"""docs/permissions.md says who may call which route, as the code has it."""

from __future__ import annotations

from infra.permissions import DOCUMENT, document_text
from tests.contract.routes import contracts


def test_the_table_is_up_to_date() -> None:
    """The committed table is the one that the routes and roles make."""
    assert DOCUMENT.read_text(encoding="utf-8") == document_text(contracts())
