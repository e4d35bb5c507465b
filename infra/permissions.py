"""Writes docs/permissions.md, the table of routes and roles, or says that it is out of date.

python -m infra.permissions            write it
python -m infra.permissions --check    exit code 1 if it is out of date
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from chalice import Chalice

from chalicelib.core.contract import Contract, contract_of
from chalicelib.core.permissions import KEY_SCOPES, ROLES

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"
_HEAD = """# Permissions

Made from the routes and `chalicelib/core/permissions.py` by `python -m infra.permissions`; not to
be edited.
A role of a business's own holds what it lists. `key` says whether an API key can have the scope.
`platform:operate` is no role's: `python -m infra.operators` gives it to a user.

"""


def contracts(app: Chalice) -> list[Contract]:
    """Return the contract of every route of `app`, by path and method."""
    found = [
        contract_of(entry.view_function)
        for methods in app.routes.values()
        for entry in methods.values()
    ]
    return sorted(found, key=lambda c: (c.path, c.method))


def document_text(routes: Iterable[Contract]) -> str:
    """Return the table of route and role, as it is committed."""
    names = [*ROLES, "key"]
    lines = [f"| route | permission | {' | '.join(names)} |", "|---" * (len(names) + 2) + "|"]
    for route in routes:
        if route.is_public or (route.permission is None and "ctx" not in route.parameters):
            needs, may = "nobody signed in", ["yes"] * len(names)
        elif route.permission is None:
            needs, may = "any user", [*["yes"] * len(ROLES), ""]
        else:
            held = [*ROLES.values(), KEY_SCOPES]
            needs = f"`{route.permission}`"
            may = ["yes" if route.permission in one else "" for one in held]
        lines.append(f"| `{route.method} {route.path}` | {needs} | {' | '.join(may)} |")
    return _HEAD + "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare the document; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.permissions", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args(arguments)
    from app import app

    made = document_text(contracts(app))
    if not options.check:
        DOCUMENT.write_text(made, encoding="utf-8")
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == made:
        return 0
    sys.stderr.write(
        f"{DOCUMENT.name} is out of date; write it with: python -m infra.permissions\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
