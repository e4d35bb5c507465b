"""Writes chalicelib/openapi.json from the routes of the app, or says that it is out of date.

python -m infra.openapi            write it
python -m infra.openapi --check    compare it: exit code 1 and a diff if it is out of date
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence

from chalice import Chalice

from chalicelib.core.contract import contract_of
from chalicelib.core.openapi import DOCUMENT, make_document, to_text


def document_text(app: Chalice) -> str:
    """Return the document of every route of `app`, as it is committed."""
    contracts = [
        contract_of(entry.view_function)
        for methods in app.routes.values()
        for entry in methods.values()
    ]
    return to_text(make_document(contracts))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare the document; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args(arguments)
    from app import app

    made = document_text(app)
    committed = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    if made == committed:
        sys.stdout.write(f"{DOCUMENT.name} is up to date\n")
        return 0
    if not options.check:
        DOCUMENT.write_text(made, encoding="utf-8")
        sys.stdout.write(f"{DOCUMENT.name} written\n")
        return 0
    difference = difflib.unified_diff(
        committed.splitlines(), made.splitlines(), "committed", "made from the routes", lineterm=""
    )
    sys.stdout.write("\n".join(difference) + "\n")
    sys.stderr.write(f"{DOCUMENT.name} is out of date; write it with: make openapi\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
