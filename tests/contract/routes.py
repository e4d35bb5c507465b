"""All routes of the app, for tests that hold each of them to the same promise."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from chalicelib.core.contract import Contract, contract_of
from chalicelib.core.ids import random_id
from tests.component.conftest import load_app

# Ids that have the right shape and name nothing.
_PREFIXES = {
    "number_id": "num",
    "contact_id": "con",
    "import_id": "imp",
    "template_id": "tpl",
    "campaign_id": "cmp",
    "segment_id": "seg",
    "waba_id": "wab",  # Meta's own id, of which no shape is promised
    "code": "qrc",  # as above
    "media_id": "med",
    "message_id": "msg",
    "export_id": "exp",
    "contacts_export_id": "exp",
    "tenant_export_id": "exp",
    "user_id": "usr",
    "session_id": "ses",
    "key_id": "key",
    "tenant_id": "ten",
}


@cache
def contracts() -> list[Contract]:
    """Return the contract of every route, by path and method."""
    found = [
        contract_of(entry.view_function)
        for methods in load_app().routes.values()
        for entry in methods.values()
    ]
    return sorted(found, key=lambda c: (c.path, c.method))


def route_name(contract: Contract) -> str:
    """Return how a test's id names a route."""
    return f"{contract.method} {contract.path}"


def concrete(contract: Contract) -> str:
    """Return the route's path with ids that name nothing."""
    return re.sub(r"{(\w+)}", lambda m: random_id(_PREFIXES[m.group(1)]), contract.path)


def content_type(contract: Contract) -> dict[str, Any]:
    """Return the header of the first content type that the route reads."""
    return {"Content-Type": contract.content_types[0]}
